import { describe, expect, it } from "vitest";
import type { Memory, MemoryDetail } from "#lib/memory/schema.ts";
import { graphOfMemory } from "./graph-of-memory.ts";

const memory = (id: string, lsn: number) => ({ memory_id: id, lsn, content: `text of ${id}` }) as Memory;
const edge = (edge_type: string, dst_type: string, dst_object_id: string) =>
  ({
    edge_type,
    src_object_id: "mem_b",
    src_type: "memory",
    dst_object_id,
    dst_type,
  }) as MemoryDetail["edges"][0];

const detail: MemoryDetail = {
  memory: memory("mem_b", 2),
  neighbours: [memory("mem_0", 0), memory("mem_a", 1), memory("mem_c", 3), memory("mem_d", 4)],
  edges: [
    edge("belongs_to_session", "session", "s/1"),
    edge("owned_by_agent", "agent", "agent_a"),
    edge("derived_from", "event", "a"),
    edge("derived_from", "event", "far"),
  ],
  artifacts: [{ artifact_id: "art_b", uri: "s3://x", name: "" }] as MemoryDetail["artifacts"],
  states: [],
  versions: [],
};

describe("graphOfMemory", () => {
  const { cards, edges } = graphOfMemory(detail);

  it("has one card for each thing, however often it is named", () => {
    expect(cards.map(({ id }) => id).sort()).toEqual([
      "agent_a",
      "art_b",
      "mem_a",
      "mem_b",
      "mem_c",
      "mem_far",
      "s/1",
    ]);
  });

  it("leads to pages, ids written as addresses need them", () => {
    expect(cards.find(({ id }) => id === "s/1")?.href).toBe("/memory?session=s%2F1");
    expect(cards.find(({ id }) => id === "mem_a")?.href).toBe("/memory/mem_a");
  });

  it("ties every arrow to cards that are there, the nearest of the session dashed where no edge ties them", () => {
    const ids = new Set(cards.map(({ id }) => id));
    for (const { from, to } of edges) expect(ids.has(from) && ids.has(to)).toBe(true);
    expect(edges.filter(({ label }) => label === "then")).toEqual([
      { from: "mem_b", to: "mem_c", label: "then", side: true },
    ]);
    expect(edges.some(({ label, to }) => label === "derived from" && to === "mem_a")).toBe(true);
  });
});
