"use client";
import { useCallback, useMemo } from "react";
import { GraphCanvas, type GraphEdge } from "#components/ui/graph-canvas.tsx";
import type { PipelineIr } from "#lib/ir/schema.ts";
import type { LitPath } from "./lineage-model.ts";
import type { NodeMark } from "./mark-icon.tsx";
import { CARD, NodeCard, type NodeStep } from "./node-card.tsx";
import { depthOf, graphEdges } from "./node-facts.ts";

export type PipelineGraphProps = {
  ir: PipelineIr;
  /** Last known counts by node id. */
  steps?: Record<string, NodeStep>;
  /** What a proposal would do, by node id. */
  marks?: Record<string, NodeMark>;
  /** The way of a column that lights up. */
  lit?: LitPath;
  selected?: string | undefined;
  onSelect?: (id: string) => void;
  /** What the graph shows, for those who do not see it. */
  label?: string;
  /** Height of the canvas, in CSS. */
  height: string;
};

/** The pipeline as a graph, laid out along the rows' way; every card is a button. */
export function PipelineGraph(props: PipelineGraphProps) {
  const { ir, steps, marks, lit, selected, onSelect, label, height } = props;
  const ids = useMemo(() => ir.nodes.map((node) => node.id), [ir]);
  const edges = useMemo(() => toEdges(ir, steps, lit), [ir, steps, lit]);
  const depth = useMemo(() => depthOf(ir), [ir]);
  const renderCard = useCallback(
    (id: string) => {
      const node = ir.nodes.find((one) => one.id === id);
      return node ? (
        <NodeCard
          node={node}
          selected={id === selected}
          {...(steps?.[id] ? { step: steps[id] } : {})}
          {...(marks?.[id] ? { mark: marks[id] } : {})}
          {...(lit?.nodes[id] === undefined ? {} : { lit: lit.nodes[id] })}
          {...(onSelect ? { onSelect } : {})}
        />
      ) : null;
    },
    [ir, steps, marks, lit, selected, onSelect],
  );
  return (
    <GraphCanvas
      ids={ids}
      edges={edges}
      card={CARD}
      depth={depth}
      renderCard={renderCard}
      label={label ?? "Graph of the pipeline"}
      height={height}
    />
  );
}

function toEdges(
  ir: PipelineIr,
  steps: Record<string, NodeStep> | undefined,
  lit: LitPath | undefined,
): GraphEdge[] {
  const bright = new Set(lit?.edges);
  return graphEdges(ir).map(({ from, to, output, side }) => ({
    from,
    to,
    side: Boolean(side),
    running: steps?.[to]?.status === "running",
    lit: bright.has(`${from} ${to}`),
    ...(output ? { label: output } : {}),
  }));
}
