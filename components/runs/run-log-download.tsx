"use client";
import { ActionIcon } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { notifyError } from "#components/ui/notify.ts";
import { type LogFilter, wholeLog } from "./queries.ts";
import { lineText } from "./run-log-lines.tsx";

/** Saves the log, to its end and as it is filtered, as a text file. */
export function RunLogDownload({ runId, filter }: { runId: string; filter: LogFilter }) {
  const download = useMutation({
    mutationFn: async () => {
      const lines = await wholeLog(runId, filter);
      const url = URL.createObjectURL(
        new Blob([`${lines.map(lineText).join("\n")}\n`], { type: "text/plain" }),
      );
      const link = Object.assign(document.createElement("a"), { href: url, download: `run-${runId}.log` });
      link.click();
      // The browser has to have begun reading it.
      setTimeout(() => URL.revokeObjectURL(url), 10_000);
    },
    onError: (error) => notifyError("The log was not downloaded", error),
  });
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="sm"
      loading={download.isPending}
      onClick={() => download.mutate()}
      aria-label="Download the log"
      title="Download the log"
    >
      <IconDownload size={14} />
    </ActionIcon>
  );
}
