"use client";
import { Alert, Anchor, Button, Checkbox, Group, Select, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconLoader2 } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useEffect, useRef, useState } from "react";
import { useCan } from "#components/shell/session.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { formatNumber, formatRows } from "#components/ui/format.ts";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import { TableFrame } from "#components/ui/table-frame.tsx";
import { useUrlState } from "#components/ui/use-url-state.ts";
import type { RunProgress } from "#lib/runs/schema.ts";
import type { QuarantinedRow, QuarantinePage, QuarantineState } from "#lib/runtime/schema.ts";
import classes from "./quarantine.module.css";
import { isOver, quarantineQuery } from "./queries.ts";
import { QuarantineActions } from "./run-quarantine-actions.tsx";
import { QuarantineForm } from "./run-quarantine-form.tsx";
import { QuarantineRow } from "./run-quarantine-row.tsx";
import { loadedShare, shareText } from "./run-quarantine-share.ts";
import { canTake, stateName } from "./run-quarantine-state.tsx";

/** Rows that a rule rejected, as they stood at that node: mended, replayed or discarded, until the run is loaded whole. */
export function RunQuarantine({ run }: { run: RunProgress }) {
  const { runId } = run;
  const { get, set } = useUrlState();
  const [state, chosen] = [get("qstate"), get("qrule")];
  const [cursors, setCursors] = useState<string[]>([]);
  const [node, rule] = chosen?.split("\n") ?? [];
  const page = useQuery(quarantineQuery(runId, { state, node, rule, cursor: cursors.at(-1) }));
  useFreshRun(runId, page.data?.summary.states.replaying);
  if (page.isPending) return <Skeleton height={160} role="status" aria-label="Loading rejected rows" />;
  if (page.isError) {
    return (
      <ErrorState
        title="The rejected rows could not be loaded"
        error={page.error}
        onRetry={() => page.refetch()}
      />
    );
  }
  const { summary } = page.data;
  if (Object.values(summary.states).every((rows) => rows === 0)) return null;
  const filter = (changes: Record<string, string | undefined>) => {
    setCursors([]);
    set(changes);
  };
  return (
    <section aria-label="Quarantine">
      <Group justify="space-between" mb="xs">
        <Title order={2}>Quarantine</Title>
        <Text fz="sm" component="div" aria-live="polite">
          {shareText(loadedShare(run, summary))}
        </Text>
      </Group>
      <Replays rows={page.data.data} />
      <Group gap="xs" mb="xs">
        <Select
          size="xs"
          aria-label="State"
          placeholder="Any state"
          clearable
          value={state ?? null}
          data={Object.entries(summary.states)
            .filter(([, rows]) => rows > 0)
            .map(([value, rows]) => ({
              value,
              label: `${stateName(value as QuarantineState)} (${formatNumber(rows)})`,
            }))}
          onChange={(value) => filter({ qstate: value ?? undefined })}
        />
        <Select
          size="xs"
          aria-label="Rule"
          placeholder="Any rule"
          clearable
          value={chosen ?? null}
          data={summary.rules.map((one) => ({
            value: `${one.nodeId}\n${one.rule}`,
            label: `${one.nodeId} · ${one.rule} (${formatNumber(one.rows)})`,
          }))}
          onChange={(value) => filter({ qrule: value ?? undefined })}
        />
      </Group>
      <Rows key={`${state} ${chosen} ${cursors.at(-1)}`} runId={runId} page={page.data} />
      {(page.data.pagination.hasMore || cursors.length > 0) && (
        <Group gap="xs" mt="xs">
          <Button
            size="xs"
            variant="default"
            disabled={cursors.length === 0}
            onClick={() => setCursors(cursors.slice(0, -1))}
          >
            Previous
          </Button>
          <Button
            size="xs"
            variant="default"
            disabled={!page.data.pagination.hasMore}
            onClick={() => {
              const { cursor } = page.data.pagination;
              if (cursor) setCursors([...cursors, cursor]);
            }}
          >
            Next
          </Button>
        </Group>
      )}
    </section>
  );
}

/** What replays have loaded stands on the run itself: it is asked again when one of them has ended. */
function useFreshRun(runId: string, replaying: number | undefined): void {
  const client = useQueryClient();
  const before = useRef(replaying);
  useEffect(() => {
    if (before.current !== undefined && replaying !== undefined && replaying !== before.current)
      void client.invalidateQueries({ queryKey: ["runs", runId, "progress"] });
    before.current = replaying;
  }, [client, runId, replaying]);
}

/** Links to the runs that have taken on rows of this page and are not over. */
function Replays({ rows }: { rows: readonly QuarantinedRow[] }) {
  const runs = new Map<string, number>();
  for (const { state, replay } of rows)
    if (state === "replaying" && replay && !isOver(replay.status))
      runs.set(replay.runId, (runs.get(replay.runId) ?? 0) + 1);
  return [...runs].map(([runId, count]) => (
    <Alert key={runId} mb="xs" py="xs" icon={<IconLoader2 aria-hidden />} role="status">
      {formatNumber(count)} {count === 1 ? "row is" : "rows are"} being replayed:{" "}
      <Anchor component={Link} inherit href={`/data/runs/${runId}`}>
        look at the run
      </Anchor>
    </Alert>
  ));
}

function Rows({ runId, page }: { runId: string; page: QuarantinePage }) {
  const mayEdit = useCan("quarantine.edit");
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  const [editing, setEditing] = useState<QuarantinedRow>();
  const open = page.data.filter(canTake);
  const selected = open.filter(({ id }) => marked.has(id)).map(({ id }) => id);
  const mark = (ids: readonly string[], on: boolean) => {
    const next = new Set(marked);
    for (const id of ids) on ? next.add(id) : next.delete(id);
    setMarked(next);
  };
  const { waiting, edited, rejected_again } = page.summary.states;
  return (
    <Stack gap="xs">
      {mayEdit && (
        <QuarantineActions
          runId={runId}
          selected={selected}
          waiting={waiting + edited + rejected_again}
          onDone={() => setMarked(new Set())}
        />
      )}
      <div className={classes.list}>
        <TableFrame label="Rejected rows" minWidth="var(--list-width)">
          <thead>
            <tr>
              {mayEdit && (
                <th style={{ width: 36 }} data-cell="pick">
                  <Checkbox
                    size="xs"
                    aria-label="Select all rows of this page"
                    disabled={open.length === 0}
                    checked={open.length > 0 && selected.length === open.length}
                    indeterminate={selected.length > 0 && selected.length < open.length}
                    onChange={({ currentTarget }) =>
                      mark(
                        open.map(({ id }) => id),
                        currentTarget.checked,
                      )
                    }
                  />
                  <span className={classes.narrowOnly}>All rows of this page</span>
                </th>
              )}
              <th style={{ width: 70 }} data-align="right">
                Row
              </th>
              <th style={{ width: 130 }}>State</th>
              <th style={{ width: 200 }}>Rule</th>
              <th>Values</th>
              {mayEdit && (
                <th style={{ width: 90 }} data-align="right">
                  Actions
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {page.data.map((row) => (
              <QuarantineRow
                key={row.id}
                runId={runId}
                row={row}
                selected={marked.has(row.id)}
                {...(mayEdit && {
                  onSelect: (on: boolean) => mark([row.id], on),
                  onEdit: () => setEditing(row),
                })}
              />
            ))}
          </tbody>
        </TableFrame>
      </div>
      <Text fz="xs" c="dimmed" component="div">
        {formatRows(page.pagination.total)}, sealed; deleted <RelativeTime at={page.data[0]?.expiresAt} />
      </Text>
      {editing && <QuarantineForm runId={runId} row={editing} onClose={() => setEditing(undefined)} />}
    </Stack>
  );
}
