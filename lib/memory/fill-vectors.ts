import type { Database, Db } from "#lib/db.ts";
import { messageOf } from "#lib/errors.ts";
import { limits } from "#lib/limits.ts";
import { log } from "#lib/log.ts";
import { type EmbeddingChoice, embedTexts, refusesTexts } from "#lib/model/index.ts";
import {
  ensureVectorIndex,
  modelLiteral,
  modelName,
  VECTORS,
  type VectorStore,
  vectorStore,
  vectorText,
} from "./vector-store.ts";

/** One process of a deployment fills at a time. */
const LOCK = 7_305_022;
/** So often all memories are looked through again: an erasure brings back earlier ones, with their old LSNs. */
const AGAIN_MS = 3_600_000;

type Cursor = { lsn: bigint; since: number };
const cursors = new WeakMap<Db, Map<string, Cursor>>();
type Row = { lsn: bigint; text: string };

/**
 * Gives every memory that has none its vector, the oldest first. Returns at once where another process is at it, or the
 * database keeps no vectors.
 * @throws AppError `provider_unavailable` if the model does not answer; what was filled by then stays
 */
export async function fillVectors({
  database,
  embedding,
  signal,
}: {
  database: Database;
  embedding: EmbeddingChoice;
  signal?: AbortSignal;
}): Promise<void> {
  const store = await vectorStore(database.db);
  if (!store) return;
  const fill = async () => {
    while (!signal?.aborted && (await fillPage(database.db, store, embedding, signal)));
  };
  // The embedded engine has one connection, which must not be held, and no other process.
  if (database.lite) return fill();
  const client = await database.pool.connect();
  try {
    const { rows } = await client.query("select pg_try_advisory_lock($1) as held", [LOCK]);
    if (!rows[0]?.held) return;
    await fill().finally(() => client.query("select pg_advisory_unlock($1)", [LOCK]));
  } finally {
    client.release();
  }
}

/** @returns whether there may be more. */
async function fillPage(
  db: Db,
  store: VectorStore,
  embedding: EmbeddingChoice,
  signal?: AbortSignal,
): Promise<boolean> {
  const model = modelName(embedding);
  const cursor = cursorOf(db, model);
  const [last] = await db.$queryRaw<{ lsn: bigint | null }[]>`select max("lsn") as lsn from "Projection"`;
  const newest = last?.lsn ?? 0n;
  if (newest <= cursor.lsn) return false;
  const rows = await db.$queryRaw<Row[]>`
    select p."lsn", left(coalesce(nullif(m."content", ''), m."summary"), ${limits.embeddedChars}::int) as text
    from "Projection" p
    join "Memory" m on m."tenantId" = p."tenantId" and m."memoryId" = p."memoryId" and m."lsn" = p."lsn"
    where p."lsn" > ${cursor.lsn} and (m."content" ~ '\\S' or m."summary" ~ '\\S')
    and not exists (select from ${VECTORS} v where v."tenantId" = p."tenantId" and v."lsn" = p."lsn"
      and v."model" = ${model})
    order by p."lsn" limit ${limits.embeddedTexts}`;
  await fillRows({ db, store, embedding, signal }, rows);
  const full = rows.length === limits.embeddedTexts;
  cursor.lsn = (full && rows.at(-1)?.lsn) || newest;
  return full;
}

function cursorOf(db: Db, model: string): Cursor {
  const ofDb = cursors.get(db) ?? new Map<string, Cursor>();
  cursors.set(db, ofDb);
  const known = ofDb.get(model);
  if (known && Date.now() - known.since < AGAIN_MS) return known;
  const begun = { lsn: 0n, since: Date.now() };
  ofDb.set(model, begun);
  return begun;
}

type Filling = { db: Db; store: VectorStore; embedding: EmbeddingChoice; signal?: AbortSignal };

/** A batch that the model refuses is halved until the text that it refuses stands alone; that one goes without. */
async function fillRows(filling: Filling, rows: readonly Row[]): Promise<void> {
  if (rows.length === 0) return;
  const { embedding, signal } = filling;
  const late = AbortSignal.timeout(limits.embedMs);
  let vectors: number[][];
  try {
    vectors = await embedTexts({
      texts: rows.map(({ text }) => text),
      choice: embedding,
      signal: signal ? AbortSignal.any([signal, late]) : late,
    });
  } catch (error) {
    if (!refusesTexts(error)) throw error;
    if (rows.length === 1) {
      log.warn({ lsn: Number(rows[0]?.lsn), reason: messageOf(error) }, "a memory stays without a vector");
      return;
    }
    const half = Math.ceil(rows.length / 2);
    await fillRows(filling, rows.slice(0, half));
    return fillRows(filling, rows.slice(half));
  }
  await keep(filling, rows, vectors);
}

/** What was erased while the model worked has no retrieval row any more, or one that is held just now: it is left out. */
async function keep({ db, store, embedding }: Filling, rows: readonly Row[], vectors: number[][]) {
  const model = modelName(embedding);
  const given = rows.map(({ lsn }, at) => ({ lsn, vector: vectorText(vectors[at] ?? []) }));
  await db.$transaction(async (tx) => {
    await ensureVectorIndex(tx, store, { model, dimensions: vectors[0]?.length ?? 0 });
    await tx.$executeRaw`with given as (select * from unnest(${given.map(({ lsn }) => lsn)}::bigint[],
        ${given.map(({ vector }) => vector)}::text[]) g(lsn, vector)),
      kept as materialized (select g.lsn, p."tenantId", g.vector from given g
        join "Projection" p on p."lsn" = g.lsn for key share of p skip locked)
      insert into ${VECTORS} ("lsn", "tenantId", "model", "vector")
      select k.lsn, k."tenantId", ${modelLiteral(model)}, k.vector::vector from kept k on conflict do nothing`;
  });
}
