"use client";

import "@xyflow/react/dist/base.css";
import { Skeleton, useComputedColorScheme } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import {
  Background,
  BackgroundVariant,
  Controls,
  type Edge,
  Handle,
  MarkerType,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
  type ReactFlowInstance,
} from "@xyflow/react";
import { useEffect, useMemo, useState } from "react";
import type { IrNode, PipelineIr } from "#lib/ir/schema.ts";
import { CARD, layOut, type Positions } from "./graph-layout.ts";
import { NodeCard, type NodeMark, type NodeStep } from "./node-card.tsx";
import { depthOf, graphEdges } from "./node-facts.ts";
import classes from "./pipeline-graph.module.css";

type Data = {
  node: IrNode;
  direction: "RIGHT" | "DOWN";
  selected: boolean;
  step?: NodeStep;
  mark?: NodeMark;
  onSelect?: (id: string) => void;
};

export type PipelineGraphProps = {
  ir: PipelineIr;
  /** Last known counts by node id. */
  steps?: Record<string, NodeStep>;
  /** What a proposal would do, by node id. */
  marks?: Record<string, NodeMark>;
  selected?: string | undefined;
  onSelect?: (id: string) => void;
  /** What the graph shows, for those who do not see it. */
  label?: string;
  /** Height of the canvas, in CSS. */
  height: string;
};

const nodeTypes = { card: CardNode };
const FIT = { padding: 0.1, maxZoom: 1, minZoom: 0.4 };
/** Width of one layer with its gap, and the scale below which cards are no longer read with ease. */
const LAYER = CARD.width + 72;
const READABLE = 0.78;

function CardNode({ data }: NodeProps<Node<Data>>) {
  const across = data.direction === "RIGHT";
  return (
    <>
      <Handle type="target" position={across ? Position.Left : Position.Top} className={classes.handle} />
      <NodeCard
        node={data.node}
        selected={data.selected}
        {...(data.step ? { step: data.step } : {})}
        {...(data.mark ? { mark: data.mark } : {})}
        {...(data.onSelect ? { onSelect: data.onSelect } : {})}
      />
      <Handle type="source" position={across ? Position.Right : Position.Bottom} className={classes.handle} />
    </>
  );
}

/** The pipeline as a graph, laid out along the rows' way; every card is a button. */
export function PipelineGraph({ ir, steps, marks, selected, onSelect, label, height }: PipelineGraphProps) {
  const scheme = useComputedColorScheme("light");
  const { ref, width } = useElementSize();
  const depth = useMemo(() => depthOf(ir), [ir]);
  const direction = width > 0 && width < depth * LAYER * READABLE ? "DOWN" : "RIGHT";
  const [flow, setFlow] = useState<ReactFlowInstance<Node<Data>>>();
  useEffect(() => {
    if (width > 0) void flow?.fitView(FIT);
  }, [flow, width]);
  const positions = useLayout(ir, width === 0 ? undefined : direction);
  const nodes = useMemo<Node<Data>[]>(
    () =>
      ir.nodes.map((node) => ({
        id: node.id,
        type: "card",
        position: positions?.[node.id] ?? { x: 0, y: 0 },
        ...CARD,
        data: {
          node,
          direction,
          selected: node.id === selected,
          ...(steps?.[node.id] ? { step: steps[node.id] } : {}),
          ...(marks?.[node.id] ? { mark: marks[node.id] } : {}),
          ...(onSelect ? { onSelect } : {}),
        } as Data,
      })),
    [ir, positions, direction, selected, steps, marks, onSelect],
  );
  const edges = useMemo(() => toEdges(ir, steps), [ir, steps]);

  return (
    <section
      ref={ref}
      className={classes.canvas}
      style={{ height }}
      aria-label={label ?? "Graph of the pipeline"}
    >
      {positions ? (
        <ReactFlow
          key={`${direction}-${ir.nodes.map((node) => node.id).join()}`}
          nodes={nodes}
          edges={edges}
          nodeTypes={nodeTypes}
          colorMode={scheme}
          nodesDraggable={false}
          nodesConnectable={false}
          nodesFocusable={false}
          edgesFocusable={false}
          elementsSelectable={false}
          preventScrolling={false}
          zoomOnScroll={false}
          minZoom={0.1}
          maxZoom={1.5}
          onInit={setFlow}
          fitView
          fitViewOptions={FIT}
        >
          <Background variant={BackgroundVariant.Dots} gap={20} size={1} />
          <Controls showInteractive={false} className={classes.controls} />
        </ReactFlow>
      ) : (
        <Skeleton height="100%" radius="md" aria-label="Laying out the graph" />
      )}
    </section>
  );
}

function useLayout(ir: PipelineIr, direction: "RIGHT" | "DOWN" | undefined): Positions | undefined {
  const [laid, setLaid] = useState<{ ir: PipelineIr; positions: Positions }>();
  useEffect(() => {
    if (!direction) return;
    let gone = false;
    layOut(ir, direction).then((positions) => {
      if (!gone) setLaid({ ir, positions });
    });
    return () => {
      gone = true;
    };
  }, [ir, direction]);
  return laid?.positions;
}

function toEdges(ir: PipelineIr, steps: Record<string, NodeStep> | undefined): Edge[] {
  return graphEdges(ir).map((edge) => ({
    id: `${edge.from}:${edge.output ?? ""}-${edge.to}`,
    source: edge.from,
    target: edge.to,
    type: "smoothstep",
    animated: steps?.[edge.to]?.status === "running",
    focusable: false,
    ...(edge.output ? { label: edge.output } : {}),
    className: edge.side ? (classes.sideEdge ?? "") : (classes.edge ?? ""),
    markerEnd: { type: MarkerType.ArrowClosed, width: 16, height: 16, color: "var(--pipeline-edge)" },
  }));
}
