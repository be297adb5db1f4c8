"use client";
import { SegmentedControl, Skeleton, Stack } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ErrorState } from "#components/ui/error-state.tsx";
import { IrDiff } from "./ir-diff.tsx";
import { versionQuery } from "./queries.ts";

/** What one version has that another has not. */
export default function VersionDiff(props: { pipelineId: string; left: number; right: number }) {
  const before = useQuery(versionQuery(props.pipelineId, props.left));
  const after = useQuery(versionQuery(props.pipelineId, props.right));
  const narrow = useMediaQuery("(max-width: 75em)") ?? false;
  const [layout, setLayout] = useState<string>();
  const split = layout ? layout === "split" : !narrow;
  const failed = before.error ?? after.error;
  if (failed) return <ErrorState error={failed} />;
  if (!before.data || !after.data)
    return <Skeleton height={240} role="status" aria-label="Loading the diff" />;
  return (
    <Stack gap="xs" align="stretch">
      <SegmentedControl
        size="xs"
        aria-label="Layout of the diff"
        style={{ alignSelf: "flex-start" }}
        value={split ? "split" : "unified"}
        onChange={setLayout}
        data={[
          { value: "split", label: "Side by side" },
          { value: "unified", label: "One column" },
        ]}
      />
      <IrDiff before={before.data.ir} after={after.data.ir} split={split} />
    </Stack>
  );
}
