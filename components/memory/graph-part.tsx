"use client";
import { Text } from "@mantine/core";
import { useCallback, useMemo } from "react";
import { GraphCanvas } from "#components/ui/graph-canvas.tsx";
import type { MemoryDetail } from "#lib/memory/schema.ts";
import { graphOfMemory } from "./graph-of-memory.ts";
import { MEMORY_CARD, MemoryCard } from "./memory-card.tsx";

/** The neighbourhood of a memory as a graph; a card leads to what it stands for. */
export default function GraphPart({ detail }: { detail: MemoryDetail }) {
  const { cards, edges } = useMemo(() => graphOfMemory(detail), [detail]);
  const ids = useMemo(() => cards.map(({ id }) => id), [cards]);
  const renderCard = useCallback(
    (id: string) => {
      const card = cards.find((one) => one.id === id);
      return card ? <MemoryCard card={card} current={id === detail.memory.memory_id} /> : null;
    },
    [cards, detail],
  );
  return (
    <>
      <GraphCanvas
        ids={ids}
        edges={edges}
        card={MEMORY_CARD}
        depth={3}
        renderCard={renderCard}
        label="Graph around this memory"
        height="clamp(320px, calc(100dvh - 320px), 480px)"
      />
      <Text fz="xs" c="dimmed" mt={6}>
        Full arrows are edges of the memory; dashed ones show what came before and after it, its checkpoint
        and what it points to.
      </Text>
    </>
  );
}
