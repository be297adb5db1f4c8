"use client";
import { Button, Group, Select, Skeleton, Stack, Switch, Text, Title } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { formatMoment } from "#components/ui/format.ts";
import { useUrlState } from "#components/ui/use-url-state.ts";
import type { RunLogLine } from "#lib/runs/schema.ts";
import { runLogQuery } from "./queries.ts";
import classes from "./run.module.css";

const LEVELS = [
  { value: "warn", label: "Warnings and errors" },
  { value: "error", label: "Errors" },
];
const RANK = { debug: 0, info: 1, warn: 2, error: 3 } as const;

/** The log, by level and node, following its end while the run goes on. */
export function RunLog({ runId, live, nodes }: { runId: string; live: boolean; nodes: readonly string[] }) {
  const { get, set } = useUrlState();
  const log = useInfiniteQuery(runLogQuery(runId, live));
  const [follow, setFollow] = useState(true);
  const frame = useRef<HTMLDivElement>(null);
  const level = get("level");
  const node = get("node");
  const lines = (log.data?.pages.flatMap((page) => page.data) ?? []).filter(
    (line) =>
      RANK[line.level] >= RANK[(level as keyof typeof RANK) ?? "debug"] && (!node || line.nodeId === node),
  );
  const count = lines.length;
  useEffect(() => {
    if (follow && live && count > 0) frame.current?.scrollTo({ top: frame.current.scrollHeight });
  }, [follow, live, count]);
  return (
    <section aria-label="Log">
      <Group justify="space-between" mb="xs" gap="xs">
        <Group gap={4}>
          <Title order={2}>Log</Title>
          <CopyButton value={lines.map(asText).join("\n")} label="Copy the log" />
        </Group>
        <Group gap="xs">
          {live && (
            <Switch
              size="xs"
              label="Follow"
              checked={follow}
              onChange={(event) => setFollow(event.currentTarget.checked)}
            />
          )}
          <Select
            size="xs"
            w={160}
            aria-label="Level"
            placeholder="Every level"
            clearable
            clearButtonProps={{ "aria-label": "Every level" }}
            data={LEVELS}
            value={level ?? null}
            onChange={(value) => set({ level: value ?? undefined })}
          />
          <Select
            size="xs"
            w={140}
            aria-label="Node"
            placeholder="Every node"
            clearable
            clearButtonProps={{ "aria-label": "Every node" }}
            data={[...nodes]}
            value={node ?? null}
            onChange={(value) => set({ node: value ?? undefined })}
          />
        </Group>
      </Group>
      {log.isPending ? (
        <Skeleton height={120} role="status" aria-label="Loading the log" />
      ) : log.isError ? (
        <ErrorState title="The log could not be loaded" error={log.error} onRetry={() => log.refetch()} />
      ) : (
        <Stack gap="xs">
          <div
            ref={frame}
            className={classes.log}
            // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region has to be reachable by keyboard
            tabIndex={0}
            role="log"
            aria-label="Log lines"
            aria-live="off"
          >
            {count === 0 ? (
              <Text fz="sm" c="dimmed" p="md">
                {level || node
                  ? "No line matches."
                  : live
                    ? "Waiting for the first line."
                    : "Nothing was logged."}
              </Text>
            ) : (
              lines.map((line) => <Line key={line.seq} line={line} />)
            )}
          </div>
          {log.hasNextPage && (
            <Button
              size="xs"
              variant="default"
              loading={log.isFetchingNextPage}
              onClick={() => log.fetchNextPage()}
              style={{ alignSelf: "flex-start" }}
            >
              Load more lines
            </Button>
          )}
        </Stack>
      )}
    </section>
  );
}

function Line({ line }: { line: RunLogLine }) {
  return (
    <div className={classes.line} data-level={line.level}>
      <time className={classes.time} dateTime={line.at} title={formatMoment(Date.parse(line.at))}>
        {new Date(line.at).toLocaleTimeString("en-GB", { hour12: false })}
        {`.${new Date(line.at).getMilliseconds().toString().padStart(3, "0")}`}
      </time>
      <span className={classes.level}>{line.level}</span>
      <span className={classes.node}>{line.nodeId ?? ""}</span>
      <span className={classes.message}>
        {line.message}
        {line.data ? <span className={classes.node}> {dataText(line.data)}</span> : null}
      </span>
    </div>
  );
}

const dataText = (data: Record<string, unknown>): string =>
  Object.entries(data)
    .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(" ");

const asText = (line: RunLogLine): string =>
  [line.at, line.level, line.nodeId ?? "-", line.message, line.data ? dataText(line.data) : ""]
    .join(" ")
    .trim();
