"use client";
import { Skeleton, Stack, Tabs } from "@mantine/core";
import dynamic from "next/dynamic";
import { PageBody } from "#components/ui/page-body.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { TabList } from "#components/ui/tab-list.tsx";
import { useUrlState } from "#components/ui/use-url-state.ts";
import { SEARCH_NAMES } from "./search-state.ts";

// Each tab comes when it is opened.
const SearchTab = dynamic(() => import("./search-tab.tsx"), { ssr: false, loading: TabSkeleton });
const TailTab = dynamic(() => import("./tail-tab.tsx"), { ssr: false, loading: TabSkeleton });
const AgentsTab = dynamic(() => import("./agents-tab.tsx"), { ssr: false, loading: TabSkeleton });

const TABS = [
  ["search", "Search"],
  ["tail", "Live tail"],
  ["agents", "Agents and sessions"],
] as const;

/** What a tab alone knows in the address; another tab begins without it. */
const OF_TABS = [...SEARCH_NAMES, "event", "lsn", "open", "hits", "hours"];

/** What agents did and what is remembered of it: search, the log as it grows, and who writes it. */
export function MemoryPage() {
  const { get, set } = useUrlState();
  const asked = get("tab");
  const tab = TABS.find(([name]) => name === asked)?.[0] ?? "search";
  const show = (name: string | null) =>
    set(
      {
        ...Object.fromEntries(OF_TABS.map((one) => [one, undefined])),
        tab: name === "search" ? undefined : (name ?? undefined),
      },
      "push",
    );
  return (
    <PageBody>
      <PageHeader
        title="Memory"
        description="What your agents did, event by event, and what can be found of it."
      />
      <Tabs value={tab} onChange={show}>
        <TabList tabs={TABS} />
        <Tabs.Panel value="search">
          <SearchTab />
        </Tabs.Panel>
        <Tabs.Panel value="tail">
          <TailTab />
        </Tabs.Panel>
        <Tabs.Panel value="agents">
          <AgentsTab />
        </Tabs.Panel>
      </Tabs>
    </PageBody>
  );
}

function TabSkeleton() {
  return (
    <Stack gap="md" aria-busy="true" aria-label="Loading">
      <Skeleton height={42} />
      <Skeleton height={52} />
      <Skeleton height={200} />
    </Stack>
  );
}
