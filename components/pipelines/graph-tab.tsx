"use client";
import { Button, Group, SegmentedControl, Skeleton, Text } from "@mantine/core";
import { IconGitBranch, IconRoute, IconSparkles } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { useCallback, useMemo, useState } from "react";
import { useAssistant } from "#components/proposals/assistant-context.tsx";
import { GraphLegend } from "#components/proposals/graph-legend.tsx";
import { useProposedGraph } from "#components/proposals/use-proposed-graph.ts";
import { latestRunQuery } from "#components/runs/queries.ts";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import { useUrlState } from "#components/ui/use-url-state.ts";
import type { PipelineSummary } from "#lib/pipelines/schema.ts";
import type { LitPath } from "./lineage-model.ts";
import { pipelineIrQuery } from "./queries.ts";

const HEIGHT = "clamp(320px, calc(100dvh - 320px), 480px)";
const Graph = dynamic(() => import("./pipeline-graph.tsx").then((module) => module.PipelineGraph), {
  ssr: false,
  loading: () => <Skeleton height={HEIGHT} role="status" aria-label="Loading the graph" />,
});
const LineageView = dynamic(() => import("./lineage-view.tsx"), { ssr: false });
const NodeDrawer = dynamic(() => import("./node-drawer.tsx"), { ssr: false });

/** The graph with the latest run's rows on it; a card opens its node. */
export function GraphTab({ pipeline }: { pipeline: PipelineSummary }) {
  const { get, set } = useUrlState();
  const assistant = useAssistant();
  const document = useQuery(pipelineIrQuery(pipeline.id));
  const open = useProposedGraph(pipeline.id);
  const [side, setSide] = useState("proposed");
  const proposed = side === "proposed" ? open : undefined;
  const run = useQuery(latestRunQuery(pipeline.id));
  const steps = useMemo(
    () => run.data && Object.fromEntries(run.data.nodes.map((node) => [node.nodeId, node])),
    [run.data],
  );
  const [lit, setLit] = useState<LitPath>();
  const [asked, setAsked] = useState(false);
  const traced = get("trace");
  const select = useCallback((node: string) => set({ node }), [set]);
  const ir = document.data?.ir;
  if (document.isError) return <ErrorState error={document.error} onRetry={() => document.refetch()} />;
  if (!ir) return <Skeleton height={HEIGHT} role="status" aria-label="Loading the graph" />;
  if (ir.nodes.length === 0 && !open) {
    return (
      <EmptyState
        icon={<IconRoute size={28} stroke={1.4} />}
        title="Nothing in it yet"
        description="Say where the rows are and where they should go; the assistant proposes the nodes, you review them."
        action={
          <Button leftSection={<IconSparkles size={15} aria-hidden />} onClick={() => assistant.open()}>
            Ask the assistant
          </Button>
        }
      />
    );
  }
  const selected = ir.nodes.find((node) => node.id === get("node"));
  return (
    <>
      {open && (
        <Group justify="space-between" mb="xs">
          <SegmentedControl
            size="xs"
            aria-label="Which graph to show"
            value={side}
            onChange={setSide}
            data={[
              { value: "now", label: "Now" },
              { value: "proposed", label: "As proposed" },
            ]}
          />
          {proposed && <GraphLegend marks={proposed.marks} />}
        </Group>
      )}
      <Graph
        ir={proposed?.ir ?? ir}
        height={HEIGHT}
        selected={selected?.id}
        onSelect={select}
        {...(steps ? { steps } : {})}
        {...(proposed ? { marks: proposed.marks } : {})}
        {...(lit ? { lit } : {})}
      />
      <Group justify="space-between" gap="xs" mt={6}>
        <Text fz="xs" c="dimmed" component="div">
          {run.data ? (
            <>
              Rows of the latest run, version {run.data.pipelineVersion},{" "}
              <RelativeTime at={run.data.finishedAt ?? run.data.queuedAt} />
            </>
          ) : (
            "Rows show here after the first run"
          )}
        </Text>
        {!asked && !traced && (
          <Button
            variant="subtle"
            size="compact-xs"
            leftSection={<IconGitBranch size={14} aria-hidden />}
            onClick={() => setAsked(true)}
          >
            Where columns come from
          </Button>
        )}
      </Group>
      {(asked || traced) && (
        <LineageView
          pipelineId={pipeline.id}
          ir={proposed?.ir ?? ir}
          traced={traced}
          onTrace={(ref) => set({ trace: ref })}
          onPath={setLit}
          onClose={() => {
            setAsked(false);
            set({ trace: undefined });
          }}
        />
      )}
      {selected && (
        <NodeDrawer
          ir={ir}
          node={selected}
          {...(steps?.[selected.id] ? { step: steps[selected.id] } : {})}
          onTrace={(column) => set({ node: undefined, trace: `${selected.id}:${column}` })}
          onClose={() => set({ node: undefined })}
        />
      )}
    </>
  );
}
