import type { Ctx } from "#lib/context.ts";
import { Prisma } from "#lib/db.ts";
import { messageOf } from "#lib/errors.ts";
import { limits } from "#lib/limits.ts";
import { log } from "#lib/log.ts";
import { type EmbeddingChoice, embedTexts } from "#lib/model/index.ts";
import { CANDIDATE_COLUMNS, type Candidate, RANK_BASE } from "./find-candidates.ts";
import type { QueryFilters } from "./query-filters.ts";
import { retrievalRows } from "./retrieval-rows.ts";
import { comparedAs, modelLiteral, modelName, VECTORS, vectorStore, vectorText } from "./vector-store.ts";

/** The memories nearest in meaning, nearest first, and what the answer says of this stage. */
export type Near = { candidates: Candidate[]; stage: string };

/** From this cosine distance on two texts have nothing to do with each other, whatever else is there. */
const TOO_FAR = 0.8;
/** What the rank by meaning counts beside the rank by words. */
const WEIGHT = 0.8;
/** After a failure queries do not wait for the model again for this long. */
const REST_MS = 10_000;
const restUntil = new Map<string, number>();

/**
 * The memories whose vectors lie nearest to that of a text, under the filters of the query. Never rejects and does not
 * take long: where the model or the database fails, there are none and the stage says why.
 */
export async function findNear(
  ctx: Ctx,
  { text, embedding }: { text: string; embedding: EmbeddingChoice },
  filters: QueryFilters,
  asOf: string | undefined,
): Promise<Near> {
  const model = modelName(embedding);
  const without = (why: string) => ({ candidates: [], stage: `meaning: left out, ${why}` });
  if (Date.now() < (restUntil.get(model) ?? 0)) return without("the embedding model failed a moment ago");
  if (!(await vectorStore(ctx.db))) return without("the database keeps no vectors");
  let vector: number[];
  try {
    const signal = AbortSignal.timeout(limits.nearMs);
    const texts = [text.slice(0, limits.embeddedChars)];
    vector = (await embedTexts({ texts, choice: embedding, signal }))[0] ?? [];
  } catch (error) {
    restUntil.set(model, Date.now() + REST_MS);
    log.warn({ reason: messageOf(error) }, "a query was answered without vectors");
    return without("the embedding model did not answer");
  }
  try {
    const candidates = await nearest(ctx, { model, vector }, filters, asOf);
    return {
      candidates,
      stage: `meaning: memories near to the question by their vectors (${embedding.model})`,
    };
  } catch (error) {
    log.warn({ reason: messageOf(error) }, "a query was answered without vectors");
    return without("the vectors could not be read in time");
  }
}

type Found = Candidate & { lsn: bigint; isNear: boolean };

/**
 * By the index, which loses its way where the filters leave little, or among many texts that are the same: if it finds
 * too few or nothing near, all that the filters leave are compared. Both within one time; what the index found is enough
 * when it is over.
 */
async function nearest(
  ctx: Ctx,
  { model, vector }: { model: string; vector: number[] },
  { where }: QueryFilters,
  asOf: string | undefined,
): Promise<Candidate[]> {
  const store = await vectorStore(ctx.db);
  if (!store) return [];
  const { earlier, rows } = retrievalRows(ctx, asOf);
  const kind = comparedAs(store, vector.length);
  const distance = Prisma.sql`(v."vector"::${kind}) <=> ${vectorText(vector)}::${kind}`;
  const began = Date.now();
  const by = (order: Prisma.Sql) =>
    ctx.db.$transaction(
      async (tx) => {
        const left = Math.max(1, limits.nearMs - (Date.now() - began));
        await tx.$queryRaw`select set_config('statement_timeout', ${String(left)}, true)`;
        // Rows that the filters leave out do not count: the index goes on until there are enough.
        if (store.iterates)
          await tx.$queryRaw`select set_config('hnsw.iterative_scan', 'relaxed_order', true)`;
        return tx.$queryRaw<Found[]>`with ${earlier} nearest as materialized (
          select ${CANDIDATE_COLUMNS}, ${distance} as distance
          from ${VECTORS} v join ${rows} p on p."lsn" = v."lsn"
          where v."tenantId" = ${ctx.tenant} and v."model" = ${modelLiteral(model)} and ${where}
          order by ${order} limit ${limits.nearCandidates})
        select "lsn", "memoryId", "agentId", "sessionId", "memoryType", "importance", "validFrom",
          array[]::int[] as "held", 0::float8 as "score", distance < ${TOO_FAR}::float8 as "isNear"
        from nearest order by distance, "lsn" desc`;
      },
      { maxWait: limits.nearMs, timeout: 2 * limits.nearMs },
    );
  const found = await by(distance);
  const near = candidatesOf(found);
  if (!store.index || (found.length === limits.nearCandidates && near.length > 0)) return near;
  try {
    // No index is of this sum.
    return candidatesOf(await by(Prisma.sql`(${distance}) + 0`));
  } catch (error) {
    log.warn({ reason: messageOf(error) }, "a query was answered with the vectors that the index found");
    return near;
  }
}

const candidatesOf = (found: readonly Found[]): Candidate[] =>
  found
    .filter(({ isNear }) => isNear)
    .map(({ isNear: _, ...row }, at) => ({ ...row, lsn: Number(row.lsn), near: at + 1 }));

/** The best of both: to the score by words comes the reciprocal of the rank by meaning. */
export function fuseNear(
  byWords: readonly Candidate[],
  near: readonly Candidate[],
  most: number,
): Candidate[] {
  const all = new Map(byWords.map((candidate) => [candidate.lsn, candidate]));
  for (const [at, candidate] of near.entries()) {
    const known = all.get(candidate.lsn) ?? candidate;
    const score = known.score + WEIGHT / (RANK_BASE + at + 1);
    all.set(candidate.lsn, { ...known, near: at + 1, score });
  }
  return [...all.values()].sort((a, b) => b.score - a.score || b.lsn - a.lsn).slice(0, most);
}
