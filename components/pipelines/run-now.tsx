"use client";
import { Button, Code, List, Skeleton, Stack, Text } from "@mantine/core";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { Dialog } from "#components/ui/dialog.tsx";
import { DialogActions } from "#components/ui/dialog-actions.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import type { IrNode } from "#lib/ir/schema.ts";
import type { PipelineSummary } from "#lib/pipelines/schema.ts";
import { keyLine } from "./node-facts.ts";
import { pipelineIrQuery, requestRun } from "./queries.ts";

const EFFECTS: Record<string, string> = {
  append: "adds rows to",
  truncate: "replaces all rows of",
  upsert: "inserts and updates rows of",
  blue_green: "swaps a new table in for",
  incremental_watermark: "adds newer rows to",
  cdc_mirror: "mirrors changes into",
};

/** Says what a run will read and write, then asks for it. */
export function RunNow({ pipeline, onClose }: { pipeline: PipelineSummary; onClose: () => void }) {
  const client = useQueryClient();
  const router = useRouter();
  const [key] = useState(() => crypto.randomUUID());
  const ir = useQuery(pipelineIrQuery(pipeline.id));
  const run = useMutation({
    mutationFn: () => requestRun(pipeline.id, key),
    onSuccess: ({ runId }) => {
      client.invalidateQueries({ queryKey: ["runs"] });
      router.push(`/data/runs/${runId}`);
    },
  });
  const nodes = ir.data?.ir.nodes ?? [];
  return (
    <Dialog onClose={onClose} title={`Run version ${pipeline.version} now?`}>
      <Stack gap="sm">
        {ir.isPending ? (
          <Skeleton height={72} />
        ) : (
          <List size="sm" spacing={4}>
            {nodes
              .filter((node) => node.kind === "source")
              .map((node) => (
                <List.Item key={node.id}>
                  Reads <Code>{keyLine(node)}</Code>
                </List.Item>
              ))}
            {nodes.flatMap((node) =>
              node.kind === "target" ? [<TargetLine key={node.id} node={node} />] : [],
            )}
          </List>
        )}
        <Text fz="sm" c="dimmed">
          It goes on if you close this page, and can be cancelled while it runs.
        </Text>
        {run.isError && <ErrorState title="The run could not be asked for" error={run.error} />}
        <DialogActions onClose={onClose}>
          <Button
            data-autofocus
            leftSection={<IconPlayerPlay size={15} aria-hidden />}
            loading={run.isPending}
            onClick={() => run.mutate()}
          >
            Run now
          </Button>
        </DialogActions>
      </Stack>
    </Dialog>
  );
}

function TargetLine({ node }: { node: Extract<IrNode, { kind: "target" }> }) {
  const effect = EFFECTS[node.loadMode] ?? "writes to";
  return (
    <List.Item>
      {effect.charAt(0).toUpperCase() + effect.slice(1)} <Code>{node.schema}</Code>{" "}
      {node.destination ? `in ${node.destination}` : "in the built-in warehouse"}
    </List.Item>
  );
}
