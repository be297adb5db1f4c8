"use client";
import {
  Accordion,
  Anchor,
  Badge,
  Code,
  Group,
  Skeleton,
  Stack,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { useDebouncedCallback, useMounted } from "@mantine/hooks";
import { IconLink, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useSearchParams } from "next/navigation";
import { useEffect, useMemo, useState } from "react";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { PageBody } from "#components/ui/page-body.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { api } from "#lib/client/index.ts";
import classes from "./docs.module.css";
import { type Entry, listEntries, type OpenApi, searchEntries } from "./openapi.ts";
import { OperationView } from "./operation-view.tsx";

const METHOD_COLORS: Record<string, string> = {
  get: "blue",
  post: "green",
  put: "yellow",
  patch: "yellow",
  delete: "red",
};

/** The reference of our API, drawn from the document that the server generates from its routes. */
export function ApiReference() {
  const spec = useQuery({
    queryKey: ["openapi"],
    queryFn: ({ signal }) => api.get<OpenApi>("/api/v1/openapi.json", { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <PageBody>
      <PageHeader
        title="API"
        description={
          <>
            Everything the screens do, by HTTP. Send <Code>Authorization: Bearer</Code> with a key from
            Settings. The document itself is{" "}
            <Anchor href="/api/v1/openapi.json" inherit underline="always">
              openapi.json
            </Anchor>
            .
          </>
        }
      />
      {spec.error && !spec.data ? (
        <ErrorState error={spec.error} onRetry={() => void spec.refetch()} />
      ) : null}
      {spec.data ? <Reference document={spec.data} /> : null}
      {spec.isPending ? (
        <Stack gap="xs" aria-busy="true">
          {Array.from({ length: 12 }, (_, row) => row).map((row) => (
            <Skeleton key={row} height={42} />
          ))}
        </Stack>
      ) : null}
    </PageBody>
  );
}

function Reference({ document }: { document: OpenApi }) {
  const asked = useSearchParams().get("q") ?? "";
  const [search, setSearch] = useState(asked);
  const [open, setOpen] = useState<string[]>([]);
  const origin = useMounted() ? window.location.origin : "";
  const entries = useMemo(() => listEntries(document), [document]);
  const groups = useMemo(() => byGroup(searchEntries(entries, search)), [entries, search]);
  const keepInUrl = useDebouncedCallback((words: string) => {
    const url = new URL(window.location.href);
    if (words) url.searchParams.set("q", words);
    else url.searchParams.delete("q");
    window.history.replaceState(null, "", url);
  }, 300);

  useEffect(() => {
    function follow() {
      const anchor = window.location.hash.slice(1);
      if (!entries.some((entry) => entry.anchor === anchor)) return;
      setOpen((before) => (before.includes(anchor) ? before : [...before, anchor]));
      requestAnimationFrame(() => window.document.getElementById(anchor)?.scrollIntoView({ block: "start" }));
    }
    follow();
    window.addEventListener("hashchange", follow);
    return () => window.removeEventListener("hashchange", follow);
  }, [entries]);

  return (
    <>
      <TextInput
        type="search"
        aria-label="Search the reference"
        placeholder="Search by path, method or words"
        leftSection={<IconSearch size={15} />}
        value={search}
        onChange={(event) => {
          setSearch(event.currentTarget.value);
          keepInUrl(event.currentTarget.value);
        }}
        maw={420}
      />
      {groups.length === 0 ? (
        <EmptyState
          title="No operation matches"
          description="Search by a part of the path, the method, or a word of the summary."
        />
      ) : null}
      {groups.map(([group, members]) => (
        <section key={group} aria-label={group}>
          <Group gap="xs" mb={6}>
            <Title order={2}>{group}</Title>
            <Text fz="xs" c="dimmed">
              {members.length}
            </Text>
          </Group>
          <Accordion
            multiple
            variant="contained"
            radius="md"
            chevronPosition="right"
            keepMounted={false}
            order={3}
            value={open.filter((anchor) => members.some((entry) => entry.anchor === anchor))}
            onChange={(value) =>
              setOpen((before) => [
                ...before.filter((anchor) => !members.some((entry) => entry.anchor === anchor)),
                ...value,
              ])
            }
            classNames={{
              item: classes.item,
              control: classes.control,
              label: classes.label,
              panel: classes.panel,
            }}
          >
            {members.map((entry) => (
              <Accordion.Item key={entry.anchor} value={entry.anchor} id={entry.anchor}>
                <Accordion.Control>
                  <span className={classes.title}>
                    <Badge
                      color={METHOD_COLORS[entry.method]}
                      className={classes.method}
                      radius="sm"
                      ff="monospace"
                    >
                      {entry.method.toUpperCase()}
                    </Badge>
                    <span className={classes.path}>{entry.path}</span>
                    <span className={classes.summary}>{entry.operation.summary}</span>
                  </span>
                </Accordion.Control>
                <Accordion.Panel>
                  <Anchor href={`#${entry.anchor}`} fz="xs" className={classes.permalink}>
                    <IconLink size={13} aria-hidden /> Link to this operation
                  </Anchor>
                  <OperationView document={document} entry={entry} origin={origin} />
                </Accordion.Panel>
              </Accordion.Item>
            ))}
          </Accordion>
        </section>
      ))}
    </>
  );
}

function byGroup(entries: Entry[]): [string, Entry[]][] {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) groups.set(entry.group, [...(groups.get(entry.group) ?? []), entry]);
  return [...groups].sort(([a], [b]) => a.localeCompare(b));
}
