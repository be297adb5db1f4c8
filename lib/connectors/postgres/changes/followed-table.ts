import { z } from "zod";
import { DataError } from "../../data-error.ts";
import type { PostgresSourceConfig } from "../../specs/postgres.ts";
import { type DescribedTable, describeTable, type TableColumn } from "../describe.ts";
import type { Session } from "../session.ts";
import { needsServer } from "./cell-texts.ts";

/** A column that is followed, with what the catalogue says of it. */
export type FollowedColumn = TableColumn & {
  number: number;
  typeOid: number;
  modifier: number;
  /** Rows that were there before the column was may have a value in it. */
  filled: boolean;
};

/** A table whose changes can be followed. */
export type FollowedTable = {
  oid: number;
  stream: string;
  sql: string;
  columns: FollowedColumn[];
  key: string[];
};

type Catalogued = {
  oid: string;
  kind: string;
  persistence: string;
  identity: string;
  parent: boolean;
  limited: boolean;
  columns: {
    name: string;
    number: number;
    typeOid: string;
    modifier: number;
    generated: boolean;
    filled: boolean;
  }[];
  key: string[] | null;
};

const CATALOGUE = `select c.oid::text, c.relkind as kind, c.relpersistence as persistence, c.relreplident as identity,
  exists (select from pg_inherits where inhparent = c.oid) as parent,
  c.relrowsecurity and row_security_active(c.oid) as limited,
  (select json_agg(json_build_object('name', a.attname, 'number', a.attnum, 'typeOid', a.atttypid::text,
      'modifier', a.atttypmod, 'generated', a.attgenerated <> '',
      'filled', a.atthasmissing or a.atthasdef or a.attidentity <> '') order by a.attnum)
    from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
  (select json_agg(a.attname order by k.at)
    from pg_index i cross join lateral unnest(i.indkey::int2[]) with ordinality k(number, at)
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number
    where i.indrelid = c.oid and k.at <= i.indnkeyatts
      and case when c.relreplident = 'i' then i.indisreplident else i.indisprimary end) as key
  from pg_class c where c.oid = $1::regclass`;

/**
 * A table as it is followed. Generated columns are in no log and left out.
 * @throws DataError `not_followable`, `no_key`, `no_identity`, `generated_column`, `key_not_read`, or of the table itself
 */
export async function followedTable(
  session: Session,
  config: PostgresSourceConfig,
  { table: name, columns: wanted }: { table: string; columns?: readonly string[] },
): Promise<FollowedTable> {
  const table = await describeTable(session, config, name);
  const { rows } = await session.client.query<Catalogued>(CATALOGUE, [table.sql]);
  const found = rows[0] as Catalogued;
  const { stream, sql } = table;
  refuse(table, found);
  const key = keyOf(table, found);
  const byName = new Map(found.columns.map((column) => [column.name, column]));
  const columns = chosen(table, byName, wanted).map((column): FollowedColumn => {
    const { number, typeOid, modifier, filled } = byName.get(column.name) as Catalogued["columns"][number];
    return { ...column, number, typeOid: Number(typeOid), modifier, filled };
  });
  const unread = key.filter((each) => !columns.some((column) => column.name === each));
  if (unread.length > 0)
    throw new DataError("key_not_read", `The key of ${stream} is not read whole: ${unread.join(", ")}`, {
      hint: "Read these columns, too",
    });
  const odd = columns.find((column) => key.includes(column.name) && needsServer(column));
  if (odd)
    throw new DataError(
      "not_followable",
      `${stream} cannot be mirrored: ${odd.name}, which is in its key, is ${odd.written}`,
    );
  return { oid: Number(found.oid), stream, sql, columns, key };
}

function chosen(
  table: DescribedTable,
  byName: ReadonlyMap<string, { generated: boolean }>,
  wanted: readonly string[] | undefined,
): TableColumn[] {
  const kept = table.columns.filter(({ name }) => byName.get(name)?.generated === false);
  if (!wanted) return kept;
  return wanted.map((name) => {
    const column = kept.find((each) => each.name === name);
    if (column) return column;
    const generated = byName.get(name)?.generated;
    throw new DataError(
      generated ? "generated_column" : "unknown_column",
      generated
        ? `${name} of ${table.stream} is generated: its values are not in the change log`
        : `The column ${name} of ${table.stream} is not there, or may not be read.`,
      { hint: `There are: ${kept.map((each) => each.name).join(", ")}` },
    );
  });
}

function refuse({ stream }: DescribedTable, { kind, persistence, parent, limited }: Catalogued): void {
  const why =
    kind === "p"
      ? "it is partitioned, and partitions that come and go are not in the change log"
      : kind !== "r"
        ? "it is no table, and only tables have a change log"
        : persistence !== "p"
          ? "it is unlogged, so its changes are in no log"
          : parent
            ? "other tables inherit from it, and their changes are not its own"
            : limited
              ? "row level security shows only some of its rows, and the change log has all of them"
              : undefined;
  if (why)
    throw new DataError("not_followable", `${stream} cannot be mirrored: ${why}`, {
      hint: 'Use loadMode "truncate", "upsert" or "blue_green"',
    });
}

function keyOf({ stream, sql }: DescribedTable, { identity, key }: Catalogued): string[] {
  if (identity === "n")
    throw new DataError(
      "no_identity",
      `${stream} has REPLICA IDENTITY NOTHING: the change log does not say which row was changed`,
      { hint: `Have its owner run: ALTER TABLE ${sql} REPLICA IDENTITY DEFAULT` },
    );
  if (key && key.length > 0) return key;
  throw new DataError(
    "no_key",
    `${stream} has no primary key: the change log does not say which row was changed`,
    {
      hint: `Have its owner run: ALTER TABLE ${sql} ADD PRIMARY KEY (…); or, with a unique index over columns that are NOT NULL: ALTER TABLE ${sql} REPLICA IDENTITY USING INDEX …`,
    },
  );
}

const Shape = z.object({
  oid: z.number(),
  key: z.array(z.string()),
  columns: z.array(
    z.object({ name: z.string(), number: z.number(), type: z.number(), modifier: z.number() }),
  ),
});

/** What a table looks like, for {@link requireFit}. */
export function shapeOf({ oid, key, columns }: FollowedTable): string {
  const shape: z.infer<typeof Shape> = {
    oid,
    key,
    columns: columns.map(({ name, number, typeOid: type, modifier }) => ({ name, number, type, modifier })),
  };
  return JSON.stringify(shape);
}

/** Types whose size says nothing about the values that are there. */
const SIZELESS = ["varchar", "bpchar"];

/**
 * Whether the rows of an earlier shape and the log since tell everything about the table as it is now: columns that
 * went, and new ones without values in older rows, are in order.
 * @throws DataError `table_changed`
 */
export function requireFit(table: FollowedTable, shape: string): void {
  const before = Shape.parse(JSON.parse(shape));
  const changed = (what: string) => {
    throw new DataError(
      "table_changed",
      `${table.stream} was changed in a way that its log does not tell: ${what}`,
    );
  };
  if (before.oid !== table.oid) changed("it was made anew");
  if (JSON.stringify(before.key) !== JSON.stringify(table.key)) changed("it has another key");
  const byNumber = new Map(before.columns.map((column) => [column.number, column]));
  const newest = Math.max(...byNumber.keys());
  for (const column of table.columns) {
    const old = byNumber.get(column.number);
    const { name } = column;
    if (!old) {
      if (column.number < newest) changed(`${name} was not read before`);
      if (column.filled) changed(`${name} came with a default value`);
    } else if (old.name !== name) changed(`${old.name} is called ${name} now`);
    else if (old.type !== column.typeOid) changed(`${name} has another type`);
    else if (old.modifier !== column.modifier && !SIZELESS.includes(column.source.name))
      changed(`${name} has another size`);
  }
}
