"use client";
import { Button, Group, Select, Skeleton, Stack, Switch, Text, TextInput, Title } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { formatNumber } from "#components/ui/format.ts";
import { useUrlState } from "#components/ui/use-url-state.ts";
import { runLogQuery } from "./queries.ts";
import classes from "./run.module.css";
import { RunLogDownload } from "./run-log-download.tsx";
import { lineText, RunLogLines } from "./run-log-lines.tsx";

const LEVELS = [
  { value: "info", label: "Without details" },
  { value: "warn", label: "Warnings and errors" },
  { value: "error", label: "Errors" },
];
const TYPING_MS = 250;

/** The log, searched by text, level and node, following its end while the run goes on. */
export function RunLog({ runId, live, nodes }: { runId: string; live: boolean; nodes: readonly string[] }) {
  const { get, set } = useUrlState();
  const [follow, setFollow] = useState(true);
  const [typed, setTyped] = useState(get("q") ?? "");
  const search = useDebouncedCallback((text: string) => set({ q: text.trim() || undefined }), TYPING_MS);
  const filter = { q: get("q"), level: get("level"), nodeId: get("node") };
  const filtered = Object.values(filter).some(Boolean);
  const log = useInfiniteQuery(runLogQuery(runId, filter, live));
  const frame = useRef<HTMLDivElement>(null);
  const lines = log.data?.pages.flatMap((page) => page.data) ?? [];
  const count = lines.length;
  useEffect(() => {
    if (follow && live && count > 0) frame.current?.scrollTo({ top: frame.current.scrollHeight });
  }, [follow, live, count]);
  return (
    <section aria-label="Log">
      <Group justify="space-between" mb="xs" gap="xs">
        <Group gap={4}>
          <Title order={2}>Log</Title>
          <CopyButton value={lines.map(lineText).join("\n")} label="Copy the log" />
          <RunLogDownload runId={runId} filter={filter} />
        </Group>
        {live && (
          <Switch
            size="xs"
            label="Follow"
            checked={follow}
            onChange={(event) => setFollow(event.currentTarget.checked)}
          />
        )}
      </Group>
      <Group gap="xs" mb="xs">
        <TextInput
          type="search"
          size="xs"
          flex="1 1 180px"
          aria-label="Search the log"
          placeholder="Search"
          leftSection={<IconSearch size={14} aria-hidden />}
          value={typed}
          maxLength={200}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            search(event.currentTarget.value);
          }}
        />
        <Select
          size="xs"
          flex="1 1 130px"
          maw={180}
          aria-label="Level"
          placeholder="Every level"
          clearable
          clearButtonProps={{ "aria-label": "Every level" }}
          data={LEVELS}
          value={filter.level ?? null}
          onChange={(value) => set({ level: value ?? undefined })}
        />
        <Select
          size="xs"
          flex="1 1 130px"
          maw={180}
          aria-label="Node"
          placeholder="Every node"
          clearable
          searchable={nodes.length > 10}
          clearButtonProps={{ "aria-label": "Every node" }}
          data={[...nodes]}
          value={filter.nodeId ?? null}
          onChange={(value) => set({ node: value ?? undefined })}
        />
      </Group>
      {log.isPending ? (
        <Skeleton height={120} role="status" aria-label="Loading the log" />
      ) : log.isError ? (
        <ErrorState title="The log could not be loaded" error={log.error} onRetry={() => log.refetch()} />
      ) : (
        <Stack gap="xs">
          {filtered && (
            <Text fz="xs" c="dimmed" role="status">
              {count === 1 ? "1 line" : `${formatNumber(count)} lines`}
              {log.hasNextPage ? " so far" : ""}
            </Text>
          )}
          <div
            ref={frame}
            className={classes.log}
            // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region has to be reachable by keyboard
            tabIndex={0}
            role="log"
            aria-label="Log lines"
            aria-live="off"
            aria-busy={log.isPlaceholderData}
          >
            {count === 0 ? (
              <Text fz="sm" c="dimmed" p="md">
                {emptyText({ filtered, live, more: log.hasNextPage })}
              </Text>
            ) : (
              <RunLogLines lines={lines} mark={filter.q} />
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
              {filtered ? "Search on" : "Load more lines"}
            </Button>
          )}
        </Stack>
      )}
    </section>
  );
}

function emptyText({ filtered, live, more }: { filtered: boolean; live: boolean; more: boolean }): string {
  if (filtered) return more ? "No line matches so far." : "No line matches.";
  return live ? "Waiting for the first line." : "Nothing was logged.";
}
