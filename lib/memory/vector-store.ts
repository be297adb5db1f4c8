import { createHash } from "node:crypto";
import { type Db, Prisma, type Tx } from "#lib/db.ts";
import { messageOf } from "#lib/errors.ts";
import { log } from "#lib/log.ts";
import type { EmbeddingChoice } from "#lib/model/index.ts";

/**
 * Vectors of memories by the LSN that wrote them, for each embedding model. A cache: it stands in a schema of its own, is
 * no derived table, and is in no hash.
 */
export const VECTOR_TABLE = 'vectors."MemoryVector"';
/** The same, as a part of a statement. */
export const VECTORS = Prisma.raw(VECTOR_TABLE);

/** What the installed extension can do. */
export type VectorStore = { halfVectors: boolean; index: boolean; iterates: boolean };

/** Two processes may prepare the store at once. */
const LOCK = 7_305_021;
/** After a failure it is not tried again for this long. */
const AGAIN_MS = 60_000;
/** What the extension can index. */
const MOST_DIMENSIONS = { vector: 2_000, halfvec: 4_000 } as const;

const SLOT = Symbol.for("penstock.vector-stores");
const shared = globalThis as { [SLOT]?: WeakMap<Db, Promise<VectorStore | undefined>> };

/** Makes the store on first use. Undefined where the database has no vectors, which is logged once. Never rejects. */
export async function vectorStore(db: Db): Promise<VectorStore | undefined> {
  shared[SLOT] ??= new WeakMap();
  const stores = shared[SLOT];
  const known = stores.get(db) ?? prepare(db);
  stores.set(db, known);
  try {
    return await known;
  } catch (error) {
    stores.set(db, Promise.resolve(undefined));
    setTimeout(() => stores.delete(db), AGAIN_MS).unref();
    log.warn({ reason: messageOf(error) }, "the place for vectors could not be made; trying again later");
    return undefined;
  }
}

async function prepare(db: Db): Promise<VectorStore | undefined> {
  const there = await db.$queryRaw<unknown[]>`select from pg_available_extensions where name = 'vector'`;
  if (there.length === 0) {
    log.warn({}, "an embedding model is set, but the database lacks pgvector: memory is searched by words");
    return undefined;
  }
  return db.$transaction(async (tx) => {
    await tx.$queryRaw`select pg_advisory_xact_lock(${LOCK}::bigint)::text`;
    await tx.$executeRaw`create extension if not exists vector`;
    await tx.$executeRaw`create schema if not exists vectors`;
    await tx.$executeRaw`create table if not exists ${VECTORS} ("lsn" bigint not null, "tenantId" text not null,
      "model" text not null, "vector" vector not null, primary key ("tenantId", "model", "lsn"))`;
    const [row] = await tx.$queryRaw<{ version: string }[]>`
      select extversion as version from pg_extension where extname = 'vector'`;
    const [major = 0, minor = 0] = (row?.version ?? "").split(".").map(Number);
    const since = (wanted: number) => major > 0 || minor >= wanted;
    return { index: since(5), halfVectors: since(7), iterates: since(8) };
  });
}

/** What vectors of one model are called: another provider's model of the same name is another one. */
export function modelName({ provider, model, baseUrl }: EmbeddingChoice): string {
  const { host, pathname } = new URL(baseUrl ?? "https://api.openai.com/v1");
  return `${provider} ${model} ${host}${pathname}`;
}

/** A vector as the text that the database reads. It keeps them in single precision. */
export function vectorText(vector: readonly number[]): string {
  return `[${vector.map(Math.fround).join(",")}]`;
}

/** The type by which vectors of so many dimensions are compared, so that their index serves. */
export function comparedAs(store: VectorStore, dimensions: number): Prisma.Sql {
  const half =
    store.halfVectors && dimensions > MOST_DIMENSIONS.vector && dimensions <= MOST_DIMENSIONS.halfvec;
  return Prisma.raw(`${half ? "halfvec" : "vector"}(${Math.trunc(dimensions)})`);
}

/** A model's name as a literal: the index of its vectors is used only where the statement spells it out. */
export function modelLiteral(model: string): Prisma.Sql {
  return Prisma.raw(`'${model.replaceAll("'", "''")}'`);
}

/** Makes the index of a model's vectors, if the extension has one for so many dimensions and it is not there. */
export async function ensureVectorIndex(
  tx: Tx,
  store: VectorStore,
  { model, dimensions }: { model: string; dimensions: number },
): Promise<void> {
  const most = store.halfVectors ? MOST_DIMENSIONS.halfvec : MOST_DIMENSIONS.vector;
  if (!store.index || dimensions > most) return;
  const hash = createHash("sha256").update(`${model} ${dimensions}`).digest("hex").slice(0, 16);
  const name = `MemoryVector_${hash}`;
  const found = await tx.$queryRaw<unknown[]>`select where to_regclass(${`vectors."${name}"`}) is not null`;
  if (found.length > 0) return;
  const kind = comparedAs(store, dimensions);
  const operators = Prisma.raw(kind.sql.startsWith("halfvec") ? "halfvec_cosine_ops" : "vector_cosine_ops");
  await tx.$executeRaw`create index if not exists ${Prisma.raw(`"${name}"`)} on ${VECTORS}
    using hnsw (("vector"::${kind}) ${operators}) where "model" = ${modelLiteral(model)}`;
}

/** Removes the vectors of what some events wrote, whatever model made them. After their retrieval rows, in the same transaction. */
export async function forgetVectors(tx: Tx, tenant: string, lsns: readonly number[]): Promise<void> {
  const found = await tx.$queryRaw<unknown[]>`select where to_regclass(${VECTOR_TABLE}) is not null`;
  if (found.length === 0) return;
  await tx.$executeRaw`delete from ${VECTORS} v where v."tenantId" = ${tenant}
    and v."lsn" = any(${lsns}::bigint[])`;
}
