"use client";
import { Button, Group } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useRef, useState } from "react";
import { formatNumber } from "#components/ui/format.ts";
import { notifyDone, notifyError } from "#components/ui/notify.ts";
import { exportRows } from "./export-rows.ts";
import type { AuditFilter } from "./queries.ts";

/** Saves the filtered rows as a file of JSON Lines; shows how far it is and can be stopped. */
export function ExportButton({ filter, total }: { filter: AuditFilter; total: number | undefined }) {
  const [done, setDone] = useState<[number, number]>();
  const abort = useRef<AbortController>(undefined);

  async function save() {
    const controller = new AbortController();
    abort.current = controller;
    setDone([0, total ?? 0]);
    try {
      const blob = await exportRows(filter, (...progress) => setDone(progress), controller.signal);
      const url = URL.createObjectURL(blob);
      const link = document.createElement("a");
      link.href = url;
      link.download = `audit-${new Date().toISOString().slice(0, 19).replaceAll(":", "-")}.ndjson`;
      link.click();
      URL.revokeObjectURL(url);
      notifyDone(`Saved ${link.download}`);
    } catch (error) {
      if (!controller.signal.aborted) notifyError("The export did not finish", error);
    }
    setDone(undefined);
  }

  if (done) {
    return (
      <Group gap="xs">
        <span aria-live="polite">
          {formatNumber(done[0])} of {formatNumber(done[1])} rows
        </span>
        <Button variant="default" onClick={() => abort.current?.abort()}>
          Stop
        </Button>
      </Group>
    );
  }
  return (
    <Button
      variant="default"
      leftSection={<IconDownload size={15} aria-hidden />}
      onClick={() => void save()}
      disabled={!total}
    >
      Export JSON
    </Button>
  );
}
