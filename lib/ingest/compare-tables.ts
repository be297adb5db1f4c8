import { sha256 } from "#lib/crypto.ts";
import { Prisma, type Tx } from "#lib/db.ts";
import type { REPLAYED, Shadow } from "./replay-shadow.ts";
import type { TableVerdict } from "./schema.ts";

type Table = (typeof REPLAYED)[number];
/** Values of a table's key beyond the tenant, as text. */
export type KeyBound = string[];
/** A stretch of a table in the order of its key, after `from` up to `to`; open where one is missing. */
export type Stretch = { from?: KeyBound; to?: KeyBound };
/** LSNs whose rows are looked at (after one, up to another), and how far the shadow has been filled. */
export type Scope = { after: number; upTo: number; replayed: number };

/** What a stretch holds and should hold. The sums are of the rows' hashes, so that their order does not count. */
export type Counts = {
  rows: bigint;
  expected: bigint;
  missing: bigint;
  extra: bigint;
  different: bigint;
  sums: [bigint, bigint];
  expectedSums: [bigint, bigint];
};

const TYPES: Record<string, string> = { lsn: "bigint", minute: "timestamptz" };
const STRETCH_ROWS = 2_000;

const keyOf = ({ key }: Table): string[] => key.filter((column) => column !== "tenantId");
const live = ({ base }: Shadow, { name }: Table) => Prisma.raw(`"${base}"."${name}"`);
const shown = ({ schema }: Shadow, { name }: Table) => Prisma.raw(`"${schema}"."${name}"`);
/** Rows that no single event made are looked at whatever the scope. */
const lsnOf = ({ name }: Table, row: string) =>
  Prisma.raw(name === "Term" || name === "EventVolume" ? "null::bigint" : `${row}."lsn"`);

function columns(table: Table, row: string): Prisma.Sql {
  return Prisma.raw(
    keyOf(table)
      .map((column) => `${row}."${column}"`)
      .join(", "),
  );
}

function bound(table: Table, values: KeyBound): Prisma.Sql {
  const cast = keyOf(table).map((column, at) => {
    const type = Prisma.raw(TYPES[column] ?? "text");
    return Prisma.sql`${values[at] ?? ""}::text::${type}`;
  });
  return Prisma.sql`row(${Prisma.join(cast)})`;
}

function within(shadow: Shadow, table: Table, { from, to }: Stretch, row: string): Prisma.Sql {
  const parts = [Prisma.sql`${Prisma.raw(row)}."tenantId" = ${shadow.tenant}`];
  const key = Prisma.sql`row(${columns(table, row)})`;
  if (from) parts.push(Prisma.sql`${key} > ${bound(table, from)}`);
  if (to) parts.push(Prisma.sql`${key} <= ${bound(table, to)}`);
  return Prisma.join(parts, " and ");
}

/** The end of the next stretch of a table, by the keys it should have; nothing for the last one. */
export async function nextStretch(
  tx: Tx,
  shadow: Shadow,
  table: Table,
  from: KeyBound | undefined,
): Promise<KeyBound | undefined> {
  const names = keyOf(table);
  const texts = Prisma.raw(names.map((column) => `s."${column}"::text`).join(", "));
  const [row] = await tx.$queryRaw<{ bound: KeyBound }[]>`
    select array[${texts}] as bound from ${shown(shadow, table)} s
    where ${within(shadow, table, from ? { from } : {}, "s")}
    order by ${columns(table, "s")} offset ${STRETCH_ROWS - 1} limit 1`;
  return row?.bound;
}

/**
 * Compares a stretch of a table, row by row over all columns. A row that an event wrote which the shadow does not know
 * yet counts as what the shadow has.
 */
export async function compareStretch(
  tx: Tx,
  shadow: Shadow,
  table: Table,
  stretch: Stretch,
  scope: Scope,
): Promise<Counts> {
  const side = (rows: Prisma.Sql) => Prisma.sql`select ${columns(table, "t")}, ${lsnOf(table, "t")} as at,
    md5(t::text) as h from ${rows} t where ${within(shadow, table, stretch, "t")}`;
  const inside = (at: string) =>
    Prisma.sql`(${Prisma.raw(at)} > ${scope.after} and ${Prisma.raw(at)} <= ${scope.upTo})`;
  const using = Prisma.raw(
    keyOf(table)
      .map((column) => `"${column}"`)
      .join(", "),
  );
  const newer = Prisma.sql`(l.at > ${scope.replayed}
    and l.at <= (select "lsn" from ${Prisma.raw(`"${shadow.base}"."LogHead"`)} where "id" = 1))`;
  const half = (of: string, from: number) =>
    Prisma.raw(`coalesce(sum(('x' || substr(${of}, ${from}, 15))::bit(60)::bigint), 0)::text`);
  const [row] = await tx.$queryRaw<Record<string, bigint | string>[]>`
    with l as (${side(live(shadow, table))}), s as (${side(shown(shadow, table))}),
    pairs as (
      select case when ${newer} then s.h else l.h end as l, s.h as s
      from l full join s using (${using})
      where coalesce(l.at, s.at) is null or ${inside("l.at")} or ${inside("s.at")})
    select count(l) as rows, count(s) as expected, count(*) filter (where l is null and s is not null) as missing,
      count(*) filter (where s is null and l is not null) as extra, count(*) filter (where l <> s) as different,
      ${half("l", 1)} as l1, ${half("l", 16)} as l2, ${half("s", 1)} as s1, ${half("s", 16)} as s2 from pairs`;
  const number = (name: string) => BigInt(row?.[name] ?? 0);
  return {
    rows: number("rows"),
    expected: number("expected"),
    missing: number("missing"),
    extra: number("extra"),
    different: number("different"),
    sums: [number("l1"), number("l2")],
    expectedSums: [number("s1"), number("s2")],
  };
}

/** Makes a stretch what the log says: what differs or should not be there goes, what is not there comes. */
export async function repairStretch(
  tx: Tx,
  shadow: Shadow,
  table: Table,
  stretch: Stretch,
  scope: Scope,
): Promise<void> {
  const same = Prisma.raw(table.key.map((column) => `s."${column}" = l."${column}"`).join(" and "));
  const inside = (at: Prisma.Sql) =>
    Prisma.sql`coalesce(${at} > ${scope.after} and ${at} <= ${scope.upTo}, true)`;
  const ours = inside(lsnOf(table, "s"));
  await tx.$executeRaw`delete from ${live(shadow, table)} l where ${within(shadow, table, stretch, "l")}
    and (${inside(lsnOf(table, "l"))} or exists (select from ${shown(shadow, table)} s where ${same} and ${ours}))
    and not exists (select from ${shown(shadow, table)} s where ${same} and s::text = l::text)`;
  await tx.$executeRaw`insert into ${live(shadow, table)} select s.* from ${shown(shadow, table)} s
    where ${within(shadow, table, stretch, "s")} and ${ours}
    and not exists (select from ${live(shadow, table)} l where ${same})
    on conflict do nothing`;
}

/** True if a stretch is what the log says. */
export const isIntact = ({ missing, extra, different }: Counts): boolean =>
  missing + extra + different === 0n;

/** The counts of all stretches of a table together. */
export function verdictOf(table: Table, all: readonly Counts[], repaired: number): TableVerdict {
  const sum = (of: (counts: Counts) => bigint) => all.reduce((total, counts) => total + of(counts), 0n);
  const hash = (rows: bigint, first: bigint, second: bigint) => sha256(`${rows}:${first}:${second}`);
  const [rows, expected] = [sum((one) => one.rows), sum((one) => one.expected)];
  return {
    table: table.name,
    rows: Number(rows),
    expected_rows: Number(expected),
    hash: hash(
      rows,
      sum((one) => one.sums[0]),
      sum((one) => one.sums[1]),
    ),
    expected_hash: hash(
      expected,
      sum((one) => one.expectedSums[0]),
      sum((one) => one.expectedSums[1]),
    ),
    missing: Number(sum((one) => one.missing)),
    extra: Number(sum((one) => one.extra)),
    different: Number(sum((one) => one.different)),
    repaired,
  };
}
