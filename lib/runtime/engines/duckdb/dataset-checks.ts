import type { Duckdb } from "#lib/duckdb.ts";
import { sqlIdentifier } from "#lib/ir/index.ts";
import type { PlanDatasetCheck } from "#lib/ir/schema.ts";
import type { TypedColumn } from "./chain.ts";

/** What a check of a whole dataset found: a sentence if it does not hold. */
export type Finding = { check: PlanDatasetCheck; failed?: string };

/**
 * Runs dataset checks over a stored relation.
 * @param from a parenthesised query. @param referenced the other side of fkIntegrity, with the column `value`.
 */
export async function runChecks(
  engine: Pick<Duckdb, "rows">,
  checks: readonly PlanDatasetCheck[],
  { from, columns, referenced }: { from: string; columns: readonly TypedColumn[]; referenced?: string },
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const one = async (sql: string) =>
    (await engine.rows<{ a: unknown; b: unknown }>(sql))[0] ?? { a: 0, b: 0 };
  for (const check of checks) findings.push({ check, failed: await verdict(check) });
  return findings;

  async function verdict(check: PlanDatasetCheck): Promise<string | undefined> {
    switch (check.check) {
      case "rowCount": {
        const { a } = await one(`SELECT count(*) AS a FROM ${from}`);
        return outside("rows", Number(a), check);
      }
      case "cardinality": {
        const column = sqlIdentifier(check.field);
        const { a } = await one(
          `SELECT count(*) AS a FROM (SELECT ${column} FROM ${from} WHERE ${column} IS NOT NULL GROUP BY 1)`,
        );
        return outside(`distinct values of ${check.field}`, Number(a), check);
      }
      case "duplicateKey": {
        const keys = check.fields.map(sqlIdentifier).join(", ");
        const { a, b } = await one(
          `SELECT count(*) AS a, sum(n - 1) AS b FROM (SELECT count(*) AS n FROM ${from} GROUP BY ${keys} HAVING count(*) > 1)`,
        );
        return Number(a) === 0
          ? undefined
          : `${a} values of (${check.fields.join(", ")}) stand more than once (${b} rows too many)`;
      }
      case "freshness": {
        const type = columns.find(({ name }) => name === check.field)?.type.name;
        const column = sqlIdentifier(check.field);
        const moment = type === "timestamptz" ? column : `TRY_CAST(${column} AS TIMESTAMPTZ)`;
        const { a, b } = await one(
          `SELECT CAST(max(${moment}) AS VARCHAR) AS a, date_diff('second', max(${moment}), now()) AS b FROM ${from}`,
        );
        if (a === null || a === undefined) return `${check.field} holds no moment at all`;
        const minutes = Math.floor(Number(b) / 60);
        if (Number(b) <= check.maxAgeMinutes * 60) return undefined;
        return `the newest ${check.field} is ${a}, ${minutes} minutes old; at most ${check.maxAgeMinutes} are allowed`;
      }
      case "fkIntegrity": {
        const column = sqlIdentifier(check.field);
        const { a, b } = await one(
          `SELECT count(*) AS a, CAST(min(v) AS VARCHAR) AS b FROM (SELECT CAST(${column} AS VARCHAR) AS v FROM ${from} WHERE ${column} IS NOT NULL) t
           WHERE NOT EXISTS (SELECT 1 FROM ${referenced} r WHERE r.value = t.v)`,
        );
        return Number(a) === 0
          ? undefined
          : `${a} rows have a ${check.field} that ${check.references.field} does not hold, such as ${b}`;
      }
    }
  }
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
