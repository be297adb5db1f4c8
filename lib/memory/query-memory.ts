import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { type EmbeddingChoice, embeddingFromEnv } from "#lib/model/index.ts";
import { evidenceOf } from "./evidence.ts";
import { explainHit } from "./explain-hit.ts";
import { findCandidates } from "./find-candidates.ts";
import { findNear, fuseNear } from "./find-near.ts";
import { type Found, loadHits } from "./load-hits.ts";
import { queryFilters } from "./query-filters.ts";
import { queryWords, type Word } from "./query-words.ts";
import { relatedObjects } from "./related-objects.ts";
import { type QueryHit, QueryInput, type QueryResult } from "./schema.ts";

/** Candidates whose texts and neighbours are looked at, for each hit that is wanted. */
const SPARE = 3;

/**
 * What the caller's agents remember about something, best first, with where each hit comes from.
 * @param embedding the model that makes vectors, where one is set: what is near in meaning is found too
 * @throws AppError `permission_denied`; `tenant_mismatch` for another tenant; `bad_request` for a scope without its id
 */
export async function queryMemory({
  ctx,
  input,
  embedding = embeddingFromEnv(),
}: {
  ctx: Ctx;
  input: unknown;
  embedding?: EmbeddingChoice;
}): Promise<QueryResult> {
  requirePermission(ctx, "memory.read");
  const asked = QueryInput.parse(input);
  const asOf = asked.as_of;
  const filters = queryFilters(ctx, asked);
  const told = asked.query_text.trim() !== "";
  // The model is asked while the words are looked up.
  const nearing =
    told && embedding
      ? findNear(ctx, { text: asked.query_text, embedding }, filters, asOf)
      : Promise.resolve(undefined);
  const { words, newestLsn } = await queryWords(ctx, asked.query_text);
  const proof = [`log: everything up to LSN ${newestLsn}`];
  const most = SPARE * asked.top_k;
  const byWords =
    told && words.length === 0 && (await meansSomething(ctx, asked.query_text))
      ? []
      : await findCandidates(ctx, { words, newestLsn }, filters, { asOf, most });
  const near = await nearing;
  const candidates = near ? fuseNear(byWords, near.candidates, most) : byWords;
  const withNeighbours = words.length > 0 || Boolean(near?.candidates.length);
  const found = await loadHits(ctx, candidates, filters, { asOf, withNeighbours });
  const types = asked.object_types?.length ? asked.object_types : undefined;
  const best = found.slice(0, asked.top_k);
  proof.push(...stages({ words, hits: best, told, meaning: near?.stage, asOf }));
  const related = types ? await relatedObjects(ctx, types, best, words) : [];
  if (types) filters.names.push("object_types");
  if (related.length > 0) proof.push("related: what the hits' events became, and policies by their words");
  const memories = !types || types.includes("memory") ? best.map(provenanceOf) : [];
  const provenance = [...memories, ...related]
    .sort((a, b) => a.ord - b.ord)
    .slice(0, asked.top_k)
    .map(({ ord: _place, ...each }) => each);
  const objects = provenance.map(({ object_id }) => object_id);
  const answer = {
    objects,
    provenance: provenance.length > 0 ? provenance : proof.slice(0, 1),
    applied_filters: filters.names,
    proof_trace: proof,
  };
  if (asked.response_mode === "objects_only") return { ...answer, edges: [], versions: [] };
  const shown = new Set(objects);
  const hits = memories.length > 0 ? best.filter(({ memoryId }) => shown.has(memoryId)) : [];
  const { texts, ...evidence } = await evidenceOf(ctx, objects, hits, asOf);
  proof.push("evidence: texts, edges and versions of the objects");
  const then = asOf ? new Date(asOf) : new Date();
  return { ...answer, ...evidence, hits: hits.map((hit) => wireOf(hit, texts[hit.lsn] ?? "", words, then)) };
}

/** Whether a text has words at all: one without is asked for the newest, one whose words nobody used finds nothing. */
async function meansSomething(ctx: Ctx, text: string): Promise<boolean> {
  const [row] = await ctx.db.$queryRaw<{ nodes: number }[]>`
    select numnode(plainto_tsquery('english', ${text.replaceAll("\0", " ")})) as nodes`;
  return (row?.nodes ?? 0) > 0;
}

type Ran = { words: readonly Word[]; hits: readonly Found[]; told: boolean; meaning?: string; asOf?: string };

/** The stages that ran. Of words taken for misspelt only those are told that a hit holds. */
function stages({ words, hits, told, meaning, asOf }: Ran): string[] {
  const ran: string[] = [];
  const inHits = new Set(hits.flatMap(({ held }) => held));
  if (words.length > 0) ran.push("full text: memories that hold the words, the newest of each first");
  if (words.some(({ close }, at) => close.length > 0 && inHits.has(at)))
    ran.push("spelling: known words close to one that no memory holds");
  if (words.length === 0)
    ran.push(told ? "full text: no word to search for is known" : "newest: no words given");
  if (meaning) ran.push(meaning);
  ran.push("ranking: words, text rank, recency and importance by reciprocal rank");
  if (hits.some(({ besides }) => besides !== undefined))
    ran.push("neighbours: messages around a hit in its session");
  if (asOf)
    ran.push("as_of: earlier versions too, where somebody wrote them; of derived ones the text is not kept");
  return ran;
}

const provenanceOf = ({ memoryId, eventId, lsn }: Found, ord: number) => {
  return { object_id: memoryId, event_id: eventId, lsn, ord };
};

function wireOf(hit: Found, text: string, words: readonly Word[], then: Date): QueryHit {
  return {
    object_id: hit.memoryId,
    object_type: "memory",
    score: Number(hit.score.toFixed(6)),
    text,
    lsn: hit.lsn,
    event_id: hit.eventId,
    event_time: hit.eventTime,
    agent_id: hit.agentId,
    session_id: hit.sessionId,
    memory_type: hit.memoryType,
    why: explainHit(hit, text, words, then),
  };
}
