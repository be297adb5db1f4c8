"use client";
import { Alert, Button, Group, Modal, Skeleton, Stack, Text } from "@mantine/core";
import { useDisclosure, useMediaQuery } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { canonicalText } from "#lib/ir/index.ts";
import type { PipelineIr } from "#lib/ir/schema.ts";
import { IrDiff } from "./ir-diff.tsx";
import { versionQuery, versionsQuery } from "./queries.ts";

/** Someone saved meanwhile: says what they changed; compare, take theirs, or go on from theirs with what was typed. */
export function StaleSave(props: {
  pipelineId: string;
  mine: string;
  base: number;
  current: number;
  onReload: (to: { version: number; text: string }) => void;
  onKeep: (version: number) => void;
}) {
  const { pipelineId, mine, base, current } = props;
  const [comparing, compare] = useDisclosure();
  const narrow = useMediaQuery("(max-width: 62em)") ?? false;
  const theirs = useQuery(versionQuery(pipelineId, current));
  const versions = useQuery(versionsQuery(pipelineId));
  const changes = versions.data?.data.filter((one) => one.version > base).flatMap((one) => one.changes) ?? [];
  const ir = theirs.data?.ir;
  return (
    <Alert color="yellow" title={`Version ${current} was saved while you edited version ${base}`}>
      <Stack gap="xs">
        <Text fz="sm">
          {changes.length > 0
            ? `It changed: ${changes.slice(0, 4).join("; ")}.`
            : "Your text is still here, nothing was lost."}
        </Text>
        <Group gap="xs">
          <Button size="xs" variant="default" onClick={compare.open}>
            Compare
          </Button>
          <Button
            size="xs"
            variant="default"
            disabled={!ir}
            onClick={() => ir && props.onReload({ version: current, text: canonicalText(ir) })}
          >
            Reload version {current}
          </Button>
          <Button size="xs" onClick={() => props.onKeep(current)}>
            Keep my text, save over version {current}
          </Button>
        </Group>
      </Stack>
      <Modal
        opened={comparing}
        onClose={compare.close}
        size="min(1280px, 96vw)"
        fullScreen={narrow}
        title={`Version ${current} and your text`}
      >
        {ir ? (
          <IrDiff before={ir} after={JSON.parse(mine) as PipelineIr} split={!narrow} />
        ) : (
          <Skeleton height={240} />
        )}
      </Modal>
    </Alert>
  );
}
