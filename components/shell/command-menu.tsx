"use client";
import { useDebouncedValue } from "@mantine/hooks";
import { createSpotlight, Spotlight, type SpotlightActionGroupData } from "@mantine/spotlight";
import { IconBrain, IconHistory, IconPlug, IconRoute, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";
import { formatMoment } from "#components/ui/format.ts";
import { api, sources as sourceRequests } from "#lib/client/index.ts";
import type { QueryResult } from "#lib/memory/schema.ts";
import type { PipelineList, RunList } from "#lib/runs/schema.ts";
import { places } from "./navigation.ts";
import { useSession } from "./session.tsx";
import classes from "./shell.module.css";

/** From so many characters on, memory is asked too. */
const MEMORY_CHARS = 3;

const [store, menu] = createSpotlight();

/** The library selects the first result as a key is pressed, among what was found by then: this serves what comes later. */
function selectFirst() {
  const { listId, selected, query } = store.getState();
  const list = document.getElementById(listId);
  const before = list?.querySelector("[data-selected]");
  if (!query || (before && selected > 0)) return;
  before?.removeAttribute("data-selected");
  list?.querySelector("[data-action]")?.setAttribute("data-selected", "true");
  store.updateState((state) => ({ ...state, selected: 0 }));
}

/** ⌘K: any page, source, pipeline, recent run or memory. Mounted on first use and opened by each new `request`. */
export default function CommandMenu({ request }: { request: number }) {
  const router = useRouter();
  const { permissions } = useSession();
  useEffect(() => {
    if (request > 0) menu.open();
  }, [request]);
  const sources = useQuery({
    queryKey: ["command-menu", "sources", request],
    queryFn: ({ signal }) => sourceRequests.list({ limit: 100 }, { signal }),
    enabled: permissions.includes("sources.read"),
  });
  const pipelines = useQuery({
    queryKey: ["command-menu", "pipelines", request],
    queryFn: ({ signal }) => api.get<PipelineList>("/api/v1/pipelines", { query: { limit: 100 }, signal }),
  });
  const runs = useQuery({
    queryKey: ["command-menu", "runs", request],
    queryFn: ({ signal }) => api.get<RunList>("/api/v1/runs", { query: { limit: 20 }, signal }),
  });
  const [typed, setTyped] = useState("");
  const [words] = useDebouncedValue(typed.trim(), 200);
  const memories = useQuery({
    queryKey: ["memory", "command-menu", words],
    queryFn: ({ signal }) =>
      api.post<QueryResult>(
        "/v1/query",
        { query_text: words, object_types: ["memory"], top_k: 5 },
        { signal },
      ),
    enabled: words.length >= MEMORY_CHARS && permissions.includes("memory.read"),
  });
  const asked = [sources, pipelines, runs, memories];
  // biome-ignore lint/correctness/useExhaustiveDependencies: each answer may bring another first result
  useEffect(selectFirst, [sources.data, pipelines.data, runs.data, memories.data]);
  const actions: SpotlightActionGroupData[] = [
    {
      group: "Pages",
      actions: places
        .flatMap(({ items }) => items)
        .filter(({ permission }) => !permission || permissions.includes(permission))
        .map(({ href, label, icon: Icon, keywords }) => ({
          id: href,
          label,
          keywords,
          leftSection: <Icon size={16} stroke={1.7} />,
          onClick: () => router.push(href),
        })),
    },
    {
      group: "Sources",
      actions: (sources.data?.data ?? []).map(({ id, name, title, connector }) => ({
        id,
        label: title,
        description: name,
        keywords: [id, connector],
        leftSection: <IconPlug size={16} stroke={1.7} />,
        onClick: () => router.push(`/data/sources/${name}`),
      })),
    },
    {
      group: "Pipelines",
      actions: (pipelines.data?.data ?? []).map(({ id, name, slug }) => ({
        id,
        label: name,
        description: slug,
        keywords: [id],
        leftSection: <IconRoute size={16} stroke={1.7} />,
        onClick: () => router.push(`/data/pipelines/${slug}`),
      })),
    },
    {
      group: "Recent runs",
      actions: (runs.data?.data ?? []).map(({ runId, pipelineName, status, queuedAt }) => ({
        id: runId,
        label: `${pipelineName}: ${status.replaceAll("_", " ")}`,
        description: formatMoment(Date.parse(queuedAt)),
        keywords: [runId],
        leftSection: <IconHistory size={16} stroke={1.7} />,
        onClick: () => router.push(`/data/runs/${runId}`),
      })),
    },
    {
      group: "Memories",
      actions: (memories.data?.hits ?? []).map(({ object_id, text, agent_id, event_time }) => ({
        id: object_id,
        label: text.slice(0, 120).replace(/\s+/g, " ") || object_id,
        description: [agent_id, formatMoment(Date.parse(event_time))].filter(Boolean).join(", "),
        // The server found it for these words: their letters may not stand in its text.
        keywords: [typed],
        leftSection: <IconBrain size={16} stroke={1.7} />,
        onClick: () => router.push(`/memory/${encodeURIComponent(object_id)}`),
      })),
    },
  ].filter(({ actions }) => actions.length > 0);
  return (
    <Spotlight
      store={store}
      actions={actions}
      query={typed}
      onQueryChange={setTyped}
      shortcut={null}
      limit={12}
      highlightQuery
      scrollable
      maxHeight={420}
      title="Search"
      overlayProps={{ backgroundOpacity: 0.4, blur: 0 }}
      classNames={{ header: classes.unseen, action: classes.found, actionsGroup: classes.foundGroup }}
      nothingFound={asked.some(({ isLoading }) => isLoading) ? "Searching…" : "Nothing has that name"}
      searchProps={{
        leftSection: <IconSearch size={16} />,
        placeholder: "Search pages, sources, pipelines, runs and memories",
        "aria-label": "Search",
      }}
    />
  );
}
