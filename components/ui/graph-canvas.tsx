"use client";

import "@xyflow/react/dist/base.css";
import { Skeleton, useComputedColorScheme } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import {
  Background,
  BackgroundVariant,
  BaseEdge,
  Controls,
  type Edge,
  EdgeLabelRenderer,
  type EdgeProps,
  getSmoothStepPath,
  Handle,
  MarkerType,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
  type ReactFlowInstance,
} from "@xyflow/react";
import { type ReactNode, useEffect, useMemo, useState } from "react";
import classes from "./graph-canvas.module.css";
import { type Direction, type GraphShape, layOut, type Positions } from "./graph-layout.ts";

/** One arrow between two cards. `side` draws it dashed, `running` lets it move, `lit` in the colour of what is chosen. */
export type GraphEdge = {
  from: string;
  to: string;
  label?: string;
  side?: boolean;
  running?: boolean;
  lit?: boolean;
};

type Data = { card: ReactNode; direction: Direction };

const nodeTypes = { card: CardNode };
const edgeTypes = { labelled: LabelledEdge };
const FIT = { padding: 0.1, maxZoom: 1, minZoom: 0.4 };
/** Gap between two layers, without and with words on the arrows; the scale below which cards are hard to read. */
const GAP = { plain: 72, labelled: 190 };
const READABLE = 0.78;
/** How far the words stand from an arrow's tip. */
const TIP = 20;

function CardNode({ data }: NodeProps<Node<Data>>) {
  const across = data.direction === "RIGHT";
  return (
    <>
      <Handle type="target" position={across ? Position.Left : Position.Top} className={classes.handle} />
      {data.card}
      <Handle type="source" position={across ? Position.Right : Position.Bottom} className={classes.handle} />
    </>
  );
}

/** The words stand before the arrow's tip: in its middle, arrows with one trunk would share their place. */
function LabelledEdge({ label, markerEnd, ...at }: EdgeProps) {
  const { targetX, targetY } = at;
  const [path] = getSmoothStepPath(at);
  const across = at.targetPosition === Position.Left;
  const place = across
    ? `translate(${targetX - TIP}px, ${targetY}px) translate(-100%, -50%)`
    : `translate(${targetX}px, ${targetY - TIP}px) translate(-50%, -100%)`;
  return (
    <>
      <BaseEdge path={path} markerEnd={markerEnd} />
      <EdgeLabelRenderer>
        <span className={classes.edgeLabel} style={{ transform: place }}>
          {label}
        </span>
      </EdgeLabelRenderer>
    </>
  );
}

/**
 * A graph of cards of one size, laid out by itself: across where there is room for it, else down.
 * Give stable `ids`, `edges` and `renderCard`.
 */
export function GraphCanvas({
  ids,
  edges,
  card,
  depth,
  renderCard,
  label,
  height,
}: {
  ids: readonly string[];
  edges: readonly GraphEdge[];
  /** Size of a card in pixels. */
  card: { width: number; height: number };
  /** Layers of the graph. */
  depth: number;
  renderCard: (id: string) => ReactNode;
  /** What the graph shows, for those who do not see it. */
  label: string;
  /** Height of the canvas, in CSS. */
  height: string;
}) {
  const scheme = useComputedColorScheme("light");
  const { ref, width } = useElementSize();
  const gap = edges.some((edge) => edge.label) ? GAP.labelled : GAP.plain;
  const direction = width > 0 && width < depth * (card.width + gap) * READABLE ? "DOWN" : "RIGHT";
  const [flow, setFlow] = useState<ReactFlowInstance<Node<Data>>>();
  // By its text: what moves along an arrow does not lay the graph out again.
  const shape = JSON.stringify({ ids, edges: edges.map(({ from, to }) => ({ from, to })), card, gap });
  const positions = useLayout(shape, width === 0 ? undefined : direction);
  useEffect(() => {
    if (width > 0 && positions) void flow?.fitView(FIT);
  }, [flow, width, positions]);
  const nodes = useMemo<Node<Data>[]>(
    () =>
      ids.map((id) => ({
        id,
        type: "card",
        position: positions?.[id] ?? { x: 0, y: 0 },
        ...card,
        data: { card: renderCard(id), direction },
      })),
    [ids, positions, card, renderCard, direction],
  );
  const arrows = useMemo(() => edges.map(toArrow), [edges]);
  return (
    <section ref={ref} className={classes.canvas} style={{ height }} aria-label={label}>
      {positions ? (
        <ReactFlow
          key={`${direction}-${ids.join()}`}
          nodes={nodes}
          edges={arrows}
          nodeTypes={nodeTypes}
          edgeTypes={edgeTypes}
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
        <Skeleton height="100%" radius="md" role="status" aria-label="Laying out the graph" />
      )}
    </section>
  );
}

function useLayout(shape: string, direction: Direction | undefined): Positions | undefined {
  const [positions, setPositions] = useState<Positions>();
  useEffect(() => {
    if (!direction) return;
    let gone = false;
    layOut(JSON.parse(shape) as GraphShape, direction).then((laid) => {
      if (!gone) setPositions(laid);
    });
    return () => {
      gone = true;
    };
  }, [shape, direction]);
  return positions;
}

function toArrow({ from, to, label, side, running, lit }: GraphEdge, at: number): Edge {
  return {
    id: `${at} ${from} ${to}`,
    source: from,
    target: to,
    type: label ? "labelled" : "smoothstep",
    animated: running ?? false,
    focusable: false,
    ...(label ? { label } : {}),
    className: `${side ? classes.sideEdge : classes.edge} ${lit ? classes.litEdge : ""}`,
    markerEnd: {
      ...{ type: MarkerType.ArrowClosed, width: 16, height: 16 },
      color: lit ? "var(--mantine-primary-color-filled)" : "var(--graph-edge)",
    },
  };
}
