import type { Memory, MemoryDetail } from "#lib/memory/schema.ts";

/** One card of the neighbourhood: what it is, its id, and a line about it. */
export type MemoryCardFacts = {
  id: string;
  type: string;
  name: string;
  line: string;
  /** Where its page is. */
  href?: string;
};

/** The neighbourhood of a memory as cards and arrows. */
export type MemoryGraphShape = {
  cards: MemoryCardFacts[];
  edges: { from: string; to: string; label: string; side: boolean }[];
};

const WORDS: Record<string, string> = {
  belongs_to_session: "in session",
  owned_by_agent: "by agent",
  derived_from: "derived from",
};

/**
 * A memory with what its edges name, its artifacts and states, and the messages next to it in its session.
 * Every id is one card, however often it is named.
 */
export function graphOfMemory(detail: MemoryDetail): MemoryGraphShape {
  const { memory, edges, artifacts, states } = detail;
  const { before, after } = nextTo(detail);
  const cards = new Map<string, MemoryCardFacts>();
  const put = (card: MemoryCardFacts) => {
    if (!cards.has(card.id)) cards.set(card.id, card);
  };
  put({ id: memory.memory_id, type: "memory", name: "This memory", line: oneLine(memory.content) });
  for (const one of [before, after].filter((one) => one !== undefined)) {
    put({
      id: one.memory_id,
      type: "memory",
      name: one.memory_id,
      line: oneLine(one.content),
      href: pathOf(one.memory_id),
    });
  }
  for (const { artifact_id, uri, name } of artifacts)
    put({ id: artifact_id, type: "artifact", name: name || artifact_id, line: uri });
  for (const { state_id, state_key, state_value } of states)
    put({ id: state_id, type: "state", name: state_key, line: state_value });
  for (const edge of edges) {
    put(named(edge.src_object_id, edge.src_type));
    put(named(edge.dst_object_id, edge.dst_type));
  }
  const ties = [
    ...edges.map(({ src_object_id, src_type, dst_object_id, dst_type, edge_type }) => ({
      from: cardOf(src_object_id, src_type),
      to: cardOf(dst_object_id, dst_type),
      label: WORDS[edge_type] ?? edge_type.replaceAll("_", " "),
      side: false,
    })),
    ...artifacts.map(({ artifact_id }) => ({
      from: memory.memory_id,
      to: artifact_id,
      label: "points to",
      side: true,
    })),
    ...states.map(({ state_id }) => ({
      from: memory.memory_id,
      to: state_id,
      label: "checkpoint",
      side: true,
    })),
  ];
  // What is tied already, as by its cause, is not tied by time as well: the two arrows would be a circle.
  const tied = new Set(ties.flatMap(({ from, to }) => [`${from} ${to}`, `${to} ${from}`]));
  ties.push(...around(detail).filter(({ from, to }) => !tied.has(`${from} ${to}`)));
  return { cards: [...cards.values()], edges: ties };
}

/** The message before it and the one after it in its session; more would only be the conversation again. */
function nextTo({ memory, neighbours }: MemoryDetail): {
  before: Memory | undefined;
  after: Memory | undefined;
} {
  const others = neighbours.filter(({ memory_id }) => memory_id !== memory.memory_id);
  return {
    before: others.findLast(({ lsn }) => lsn < memory.lsn),
    after: others.find(({ lsn }) => lsn > memory.lsn),
  };
}

/** The arrows of time: what came before leads here, this leads to what came after. */
function around(detail: MemoryDetail): MemoryGraphShape["edges"] {
  const { before, after } = nextTo(detail);
  const then = (one: Memory, other: Memory) => ({
    from: one.memory_id,
    to: other.memory_id,
    label: "then",
    side: true,
  });
  return [...(before ? [then(before, detail.memory)] : []), ...(after ? [then(detail.memory, after)] : [])];
}

/** A cause is named by its event; its card is the one of the memory that the event became. */
function cardOf(id: string, type: string): string {
  return type === "event" ? `mem_${id}` : id;
}

function named(id: string, type: string): MemoryCardFacts {
  const query =
    type === "agent" || type === "session" ? `/memory?${type}=${encodeURIComponent(id)}` : undefined;
  const card = cardOf(id, type);
  const href = type === "memory" || type === "event" ? pathOf(card) : query;
  return { id: card, type, name: id, line: type, ...(href ? { href } : {}) };
}

function pathOf(id: string): string {
  return `/memory/${encodeURIComponent(id)}`;
}

function oneLine(text: string): string {
  return text.slice(0, 120).replace(/\s+/g, " ").trim();
}
