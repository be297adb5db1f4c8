import type { Ctx } from "#lib/context.ts";
import type { Database } from "#lib/db.ts";
import { applyChangesSql, type MemoryRow } from "#lib/memory/index.ts";

const BATCH = 5_000;
const WORDS_EACH = 12;
/** Distinct words; with Zipf's law over so many the hundred commonest each stand in more than 1 % of memories. */
const VOCABULARY = 50_000;
const SYLLABLES = [..."bdfgklmnprtvz"].flatMap((consonant) => [..."aeiou"].map((vowel) => consonant + vowel));

/** A generator of numbers in [0, 1), the same every time. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The word of a rank, made of syllables; the x keeps the stemmer from changing it. */
export function wordOf(rank: number): string {
  const parts: string[] = [];
  for (let rest = rank; rest > 0; rest = Math.floor(rest / SYLLABLES.length))
    parts.push(SYLLABLES[rest % SYLLABLES.length] ?? "");
  return `${parts.join("")}x`;
}

/** The rank of one drawn word: the k-th comes about 1/k times as often as the first. */
const zipf = (random: () => number) => Math.floor(Math.exp(random() * Math.log(VOCABULARY)));

export function ctxOf({ db }: Database, tenant: string): Ctx {
  const actor = { id: "bench", kind: "system" } as const;
  return { tenant, actor, roles: ["ROLE_ADMIN"], requestId: "bench", db };
}

/**
 * Adds memories of a tenant up to a number, through the statement that the log writes by, then the edges and versions
 * that each has, set by set.
 */
export async function fillTo(database: Database, tenant: string, from: number, to: number): Promise<void> {
  const random = randomOf(from + 1);
  for (let at = from; at < to; at += BATCH) {
    const memories = Array.from({ length: Math.min(BATCH, to - at) }, (_, index) =>
      memoryOf(tenant, at + index + 1, random),
    );
    const none = { edges: [], states: [], artifacts: [], objects: [], versions: [] };
    const { text, values } = asStatement(applyChangesSql({ memories, ...none }));
    await database.pool.query(text, values);
  }
  await database.pool.query(
    `insert into "Edge" select "tenantId", 'edge_' || "memoryId" || k.suffix, "lsn", k.type, "memoryId", 'memory',
      case k.suffix when '_session' then "sessionId" else "agentId" end, k.dst, 1, "provenanceRef", "validFrom"
    from "Memory", (values ('_session', 'belongs_to_session', 'session'), ('_agent', 'owned_by_agent', 'agent'))
      k(suffix, type, dst) where "tenantId" = $1 and "lsn" > $2`,
    [tenant, from],
  );
  await database.pool.query(
    `insert into "ObjectVersion" select "tenantId", "memoryId", "lsn", 'memory', "version", "provenanceRef",
      "validFrom", 'ingest:user_message', null from "Memory" where "tenantId" = $1 and "lsn" > $2`,
    [tenant, from],
  );
  await database.pool.query("vacuum analyze");
}

function asStatement({ ctes }: ReturnType<typeof applyChangesSql>): { text: string; values: unknown[] } {
  return { text: `with ${ctes.text} select 1`, values: ctes.values };
}

export function memoryOf(tenantId: string, lsn: number, random: () => number): MemoryRow {
  const words = Array.from({ length: WORDS_EACH }, () => wordOf(zipf(random)));
  return {
    tenantId,
    memoryId: `mem_evt_${lsn}`,
    lsn,
    memoryType: "episodic",
    workspaceId: "w_bench",
    agentId: `agent_${lsn % 50}`,
    sessionId: `sess_${Math.floor(lsn / 40)}`,
    scope: "w_bench",
    level: 0,
    content: words.join(" "),
    summary: "",
    sourceEventIds: [`evt_${lsn}`],
    provenanceRef: `evt_${lsn}`,
    confidence: 1,
    importance: Math.round(random() * 10) / 10,
    freshness: 1,
    visibility: "workspace",
    visibleTime: null,
    validFrom: new Date(Date.UTC(2026, 0, 1) + lsn * 10_000).toISOString(),
    validTo: null,
    version: lsn,
    isActive: true,
  };
}
