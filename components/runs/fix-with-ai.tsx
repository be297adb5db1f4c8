"use client";
import { Button } from "@mantine/core";
import { IconSparkles } from "@tabler/icons-react";
import { type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";
import { versionQuery } from "#components/pipelines/queries.ts";
import { useAssistant } from "#components/proposals/assistant-context.tsx";
import { useCan } from "#components/shell/session.tsx";
import type { RunError, RunProgress } from "#lib/runs/schema.ts";
import { fixMessage, fixSamples, runMention } from "./fix-message.ts";
import { quarantineQuery } from "./queries.ts";

/** Asks the assistant about a failed run: the node, the error, and a few rejected rows of those who may see them. */
export function FixWithAi({ run, error }: { run: RunProgress; error: RunError }) {
  const client = useQueryClient();
  const assistant = useAssistant();
  const mayPropose = useCan("proposals.create");
  const maySee = useCan("quarantine.edit") && run.rowsRejected > 0;
  const fix = useMutation({
    mutationFn: async () => {
      const { rows, masked } = maySee ? await rejectedRows(client, run) : NOTHING;
      assistant.open({
        send: fixMessage(run, error),
        samples: fixSamples(error, rows, masked),
        shown: `Fix the failed run: ${error.message}`,
        mentions: [runMention(run.runId)],
      });
    },
  });
  if (!mayPropose) return null;
  return (
    <Button
      size="xs"
      leftSection={<IconSparkles size={14} aria-hidden />}
      loading={fix.isPending}
      onClick={() => fix.mutate()}
    >
      Fix with AI
    </Button>
  );
}

const NOTHING = { rows: [], masked: [] };

/** Without the document nobody knows which fields it masks: then no row is told. The error is enough to ask with. */
async function rejectedRows(client: QueryClient, run: RunProgress) {
  try {
    const [page, version, { compile }] = await Promise.all([
      client.fetchQuery(quarantineQuery(run.runId)),
      client.fetchQuery(versionQuery(run.pipelineId, run.pipelineVersion)),
      import("#lib/ir/index.ts"),
    ]);
    return { rows: page.data, masked: compile(version.ir).maskedFields };
  } catch {
    return NOTHING;
  }
}
