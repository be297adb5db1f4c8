"use client";
import { Anchor, Button, Checkbox, Code, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { formatNumber } from "#components/ui/format.ts";
import { notifyError } from "#components/ui/notify.ts";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import { Cell } from "#components/warehouse/cell.tsx";
import type { QuarantinedRow } from "#lib/runtime/schema.ts";
import classes from "./quarantine.module.css";
import { restoreQuarantined } from "./queries.ts";
import { canTake, RowState } from "./run-quarantine-state.tsx";

/** One rejected row in the list: its state, why, its values, and what can be done. */
export function QuarantineRow({
  runId,
  row,
  selected,
  onSelect,
  onEdit,
}: {
  runId: string;
  row: QuarantinedRow;
  selected: boolean;
  onSelect?: (selected: boolean) => void;
  onEdit?: () => void;
}) {
  const number = row.rowNumber === null ? "—" : formatNumber(row.rowNumber);
  const open = canTake(row);
  return (
    <tr className={classes.row}>
      {onSelect && (
        <td data-cell="pick">
          <Checkbox
            size="xs"
            aria-label={`Select row ${number}`}
            disabled={!open}
            checked={selected}
            onChange={({ currentTarget }) => onSelect(currentTarget.checked)}
          />
        </td>
      )}
      <td data-align="right" data-cell="number">
        <span className={classes.narrowOnly}>Row </span>
        {number}
      </td>
      <td data-cell="state">
        <RowState row={row} />
        {row.replay && (
          <Anchor component={Link} fz="xs" display="block" mt={4} href={`/data/runs/${row.replay.runId}`}>
            {row.state === "loaded" ? "Loaded by this run" : "Its replay"}
          </Anchor>
        )}
      </td>
      <td data-cell="rule">
        <Text fz="sm">{row.reason}</Text>
        <Text fz="xs" c="dimmed" ff="monospace" style={{ overflowWrap: "anywhere" }}>
          {row.nodeId} · {row.rule}
        </Text>
      </td>
      <td data-cell="values">
        <Values row={row} />
      </td>
      {onEdit && (
        <td data-align="right" data-cell="actions">
          {open && row.columns && (
            <Button size="compact-xs" variant="default" aria-label={`Edit row ${number}`} onClick={onEdit}>
              Edit
            </Button>
          )}
          {row.state === "discarded" && <TakeBack runId={runId} rowId={row.id} number={number} />}
        </td>
      )}
    </tr>
  );
}

function TakeBack({ runId, rowId, number }: { runId: string; rowId: string; number: string }) {
  const client = useQueryClient();
  const restore = useMutation({
    mutationFn: () => restoreQuarantined(runId, [rowId]),
    onSuccess: () => client.invalidateQueries({ queryKey: ["runs"] }),
    onError: (error) => notifyError("The row was not taken back", error),
  });
  return (
    <Button
      size="compact-xs"
      variant="default"
      aria-label={`Take row ${number} back`}
      loading={restore.isPending}
      onClick={() => restore.mutate()}
    >
      Take back
    </Button>
  );
}

function Values({ row }: { row: QuarantinedRow }) {
  if (row.state === "loaded")
    return (
      <Text fz="xs" c="dimmed">
        Loaded <RelativeTime at={row.resolvedAt} />; its values are not kept here any more
      </Text>
    );
  if (!row.row)
    return (
      <Text fz="xs" c="dimmed">
        The row could not be opened
      </Text>
    );
  return (
    <div className={classes.values}>
      {Object.entries(row.row).map(([name, value]) => (
        <span key={name} className={classes.value}>
          <span className={classes.field}>{name}</span>{" "}
          {row.masked.includes(name) ? (
            <Code>hidden</Code>
          ) : row.edited && name in row.edited ? (
            <>
              <del>
                <Cell value={value} />
              </del>{" "}
              <ins>
                <Cell value={row.edited[name]} />
              </ins>
            </>
          ) : (
            <Cell value={value} />
          )}
        </span>
      ))}
    </div>
  );
}
