"use client";
import { Button, Skeleton, Stack, Tabs } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { useCan } from "#components/shell/session.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { IdText } from "#components/ui/id-text.tsx";
import { PageBody } from "#components/ui/page-body.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { TabList } from "#components/ui/tab-list.tsx";
import { useUrlState } from "#components/ui/use-url-state.ts";
import { isApiError } from "#lib/client/index.ts";
import classes from "./detail.module.css";
import { MemoryFacts } from "./memory-facts.tsx";
import { MemoryGone } from "./memory-gone.tsx";
import { MemoryText } from "./memory-text.tsx";
import { memoryQuery } from "./queries.ts";

const EraseDialog = dynamic(() => import("./erase-dialog.tsx"), { ssr: false });
const Conversation = dynamic(() => import("./conversation.tsx"), { ssr: false, loading: PartSkeleton });
const GraphPart = dynamic(() => import("./graph-part.tsx"), { ssr: false, loading: PartSkeleton });
const EventPart = dynamic(() => import("./event-part.tsx"), { ssr: false, loading: PartSkeleton });
const VersionsPart = dynamic(() => import("./versions-part.tsx"), { ssr: false, loading: PartSkeleton });

const VIEWS = [
  ["conversation", "Conversation"],
  ["graph", "Graph"],
  ["event", "Event"],
  ["versions", "Versions"],
] as const;

/** One memory: what it says, where it comes from, what stands around it. */
export function MemoryDetailPage({ id }: { id: string }) {
  const { get, set } = useUrlState();
  const router = useRouter();
  const detail = useQuery(memoryQuery(id));
  const mayErase = useCan("memory.erase");
  const [erasing, setErasing] = useState(false);
  const asked = get("view");
  const view = VIEWS.find(([name]) => name === asked)?.[0] ?? "conversation";
  const data = detail.data;
  if (isApiError(detail.error) && [404, 410].includes(detail.error.status)) return <MemoryGone id={id} />;
  return (
    <PageBody>
      <PageHeader
        title="Memory"
        back={{ href: "/memory", label: "Memory" }}
        badges={<IdText id={id} label="Copy memory id" chars={32} />}
        actions={
          mayErase && data ? (
            <Button
              variant="default"
              leftSection={<IconTrash size={15} aria-hidden />}
              onClick={() => setErasing(true)}
            >
              Erase
            </Button>
          ) : undefined
        }
      />
      {detail.error && !data ? (
        <ErrorState
          title="The memory could not be loaded"
          error={detail.error}
          onRetry={() => void detail.refetch()}
        />
      ) : !data ? (
        <Stack gap="md" aria-busy="true" aria-label="Loading the memory">
          <Skeleton height={96} />
          <Skeleton height={220} />
          <Skeleton height={280} />
        </Stack>
      ) : (
        <>
          <div className={classes.columns}>
            <MemoryText memory={data.memory} />
            <MemoryFacts detail={data} />
          </div>
          <Tabs
            value={view}
            onChange={(name) =>
              set({ view: name === "conversation" ? undefined : (name ?? undefined), open: undefined })
            }
          >
            <TabList tabs={VIEWS} />
            <Tabs.Panel value="conversation">
              <Conversation detail={data} />
            </Tabs.Panel>
            <Tabs.Panel value="graph">
              <GraphPart detail={data} />
            </Tabs.Panel>
            <Tabs.Panel value="event">
              <EventPart lsn={data.memory.lsn} />
            </Tabs.Panel>
            <Tabs.Panel value="versions">
              <VersionsPart versions={data.versions} />
            </Tabs.Panel>
          </Tabs>
        </>
      )}
      {erasing ? (
        <EraseDialog
          target={{ kind: "memory", id }}
          onClose={() => setErasing(false)}
          onErased={() => router.push("/memory")}
        />
      ) : null}
    </PageBody>
  );
}

function PartSkeleton() {
  return <Skeleton height={280} role="status" aria-label="Loading" />;
}
