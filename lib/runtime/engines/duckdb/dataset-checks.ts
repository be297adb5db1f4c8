import { duckdbType, sqlIdentifier } from "#lib/ir/index.ts";
import type { PlanDatasetCheck } from "#lib/ir/schema.ts";
import type { TypedColumn } from "./chain.ts";

/** A check of a whole dataset. `referenced`: the other side of fkIntegrity, a query with the text column `value`. */
export type DatasetCheck = { check: PlanDatasetCheck; referenced?: string };

/**
 * Checks of whole datasets as one scan: however many there are, the rows are read once.
 * @param columns those of the rows.
 */
export class Survey {
  private readonly inner: string[] = [];
  private readonly outer: string[] = ["count(*) AS n"];
  private readonly verdicts: ((row: Answer) => string | undefined)[];

  constructor(checks: readonly DatasetCheck[], columns: readonly TypedColumn[]) {
    this.verdicts = checks.map((check, index) => this.add(check, columns, `c${index}`));
  }

  /** The query of one row. @param from a parenthesised query; `where`, if given, chooses among its rows. */
  sql(from: string, where?: string): string {
    const inner = ["*", ...this.inner].join(", ");
    return `SELECT ${this.outer.join(", ")} FROM (SELECT ${inner} FROM ${from}${where ? ` WHERE ${where}` : ""})`;
  }

  /** For each check, in order, a sentence if it does not hold. @param row what the query answered. */
  judge(row: Answer): (string | undefined)[] {
    return this.verdicts.map((verdict) => verdict(row));
  }

  private add(
    { check, referenced }: DatasetCheck,
    columns: readonly TypedColumn[],
    as: string,
  ): (row: Answer) => string | undefined {
    switch (check.check) {
      case "rowCount":
        return ({ n }) => outside("rows", Number(n), check);
      case "cardinality":
        this.outer.push(`count(DISTINCT ${sqlIdentifier(check.field)}) AS ${as}`);
        return (row) => outside(`distinct values of ${check.field}`, Number(row[as]), check);
      case "duplicateKey":
        this.outer.push(`${distinctKeys(check.fields.map(sqlIdentifier))} AS ${as}`);
        return (row) => {
          const again = Number(row.n) - Number(row[as]);
          return again === 0
            ? undefined
            : `${again} rows repeat the values of (${check.fields.join(", ")}) of another row`;
        };
      case "freshness":
        return this.addFreshness(check, columns, as);
      case "fkIntegrity":
        return this.addReference(check, referenced ?? "", columns, as);
    }
  }

  private addFreshness(
    { field, maxAgeMinutes }: Extract<PlanDatasetCheck, { check: "freshness" }>,
    columns: readonly TypedColumn[],
    as: string,
  ) {
    const type = columns.find(({ name }) => name === field)?.type.name;
    const column = sqlIdentifier(field);
    const moment = `max(${type === "timestamptz" ? column : `TRY_CAST(${column} AS TIMESTAMPTZ)`})`;
    this.outer.push(`CAST(${moment} AS VARCHAR) AS ${as}`, `date_diff('second', ${moment}, now()) AS ${as}s`);
    return (row: Answer) => {
      const newest = row[as];
      if (newest === null || newest === undefined) return `${field} holds no moment at all`;
      const seconds = Number(row[`${as}s`]);
      if (seconds <= maxAgeMinutes * 60) return undefined;
      return `the newest ${field} is ${newest}, ${Math.floor(seconds / 60)} minutes old; at most ${maxAgeMinutes} are allowed`;
    };
  }

  /** A value is compared as the text it is written in; hashing it in its own type costs a fraction of that. */
  private addReference(
    { field, references }: Extract<PlanDatasetCheck, { check: "fkIntegrity" }>,
    referenced: string,
    columns: readonly TypedColumn[],
    as: string,
  ) {
    const column = sqlIdentifier(field);
    const type = duckdbType(columns.find(({ name }) => name === field)?.type ?? { name: "string" });
    const typed = `TRY_CAST(value AS ${type})`;
    const known = `SELECT ${typed} FROM ${referenced} WHERE CAST(${typed} AS VARCHAR) = value`;
    this.inner.push(`(${column} IS NOT NULL AND (${column} IN (${known})) IS NOT TRUE) AS __ps_${as}`);
    const missing = `FILTER (WHERE __ps_${as})`;
    this.outer.push(
      `count(*) ${missing} AS ${as}`,
      `CAST(min(CAST(${column} AS VARCHAR)) ${missing} AS VARCHAR) AS ${as}v`,
    );
    return (row: Answer) =>
      Number(row[as]) === 0
        ? undefined
        : `${row[as]} rows have a ${field} that ${references.field} does not hold, such as ${row[`${as}v`]}`;
  }
}

/** What the query of a survey answers. */
type Answer = Record<string, unknown>;

/** NULL is a value of a key like any other. */
function distinctKeys(keys: readonly string[]): string {
  const [only, second] = keys;
  return only && !second
    ? `count(DISTINCT ${only}) + CASE WHEN count(*) > count(${only}) THEN 1 ELSE 0 END`
    : `count(DISTINCT ROW(${keys.join(", ")}))`;
}

function outside(
  what: string,
  count: number,
  { min, max }: { min?: number; max?: number },
): string | undefined {
  if (min !== undefined && count < min) return `${count} ${what}; at least ${min} are wanted`;
  if (max !== undefined && count > max) return `${count} ${what}; at most ${max} are wanted`;
  return undefined;
}
