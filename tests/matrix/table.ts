import { createHash } from "node:crypto";
import type { PlanLab } from "#tests/plan-kit.ts";

/** A value as a test writes it: decimals, dates and moments (ISO 8601, UTC, milliseconds) are text. */
export type Value = string | number | boolean | null;
export type Column = {
  name: string;
  type: "integer" | "string" | "decimal(12,2)" | "date" | "timestamptz" | "boolean";
};
/** Rows to put somewhere; values in the order of the columns. */
export type Table = { columns: readonly Column[]; rows: readonly (readonly Value[])[] };

/** One column of every kind that files and databases agree about. */
export const COLUMNS: readonly Column[] = [
  { name: "id", type: "integer" },
  { name: "v", type: "string" },
  { name: "n", type: "decimal(12,2)" },
  { name: "d", type: "date" },
  { name: "at", type: "timestamptz" },
  { name: "ok", type: "boolean" },
];

/** Text that formats and databases each have their own way of writing. */
const TEXTS = [
  "plain",
  'with "quotes", and comma',
  "two\nlines",
  "é 😀",
  "",
  null,
  "back\\slash",
  "tab\there",
  " spaces ",
];

/** Rows with these ids; `seed` makes what else is in them. */
export function rowsOf(ids: readonly number[], seed: number): Value[][] {
  return ids.map((id) => {
    const at = new Date(Date.UTC(2024, 0, 1) + id * 86_461_007 + seed * 1_003).toISOString();
    const hole = (id + seed) % 5 === 0;
    return [
      id,
      TEXTS[(id + seed) % TEXTS.length] ?? null,
      hole ? null : ((id * 7919 + seed) / 100 - 50).toFixed(2),
      hole ? null : at.slice(0, 10),
      hole ? null : at,
      hole ? null : (id + seed) % 2 === 0,
    ];
  });
}

const digest = (rows: readonly (readonly unknown[])[]) => {
  const lines = rows.map((row) => JSON.stringify(row)).sort();
  return `${lines.length} ${createHash("sha256").update(lines.join("\n")).digest("hex")}`;
};

/** What a table with these rows comes to: how many there are, and a hash over all values, whatever their order. */
export const checksumOf = (rows: readonly (readonly Value[])[]): string =>
  digest(
    rows.map(([id, v, n, d, at, ok]) => [
      ...[Number(id), v, n, d],
      ...[typeof at === "string" ? Date.parse(at) : null, typeof ok === "boolean" ? Number(ok) : null],
    ]),
  );

/** The same of a table in a lab's destination. */
export async function checksumIn(lab: PlanLab, table: string): Promise<string> {
  const [text, moment] =
    lab.kind === "postgres"
      ? ["text", 'round(extract(epoch from "at") * 1000)::bigint']
      : ["varchar", 'epoch_ms("at")'];
  const rows = await lab.query(
    `select id, v, cast(n as ${text}) as n, cast(d as ${text}) as d, ${moment} as "at", cast(ok as integer) as ok from ${table}`,
  );
  const number = (value: unknown) => (value === null ? null : Number(value));
  return digest(rows.map(({ id, v, n, d, at, ok }) => [Number(id), v, n, d, number(at), number(ok)]));
}
