import { DataError } from "#lib/connectors/index.ts";
import type { Duckdb } from "#lib/duckdb.ts";

const WHOLE = ["UBIGINT", "BIGINT", "HUGEINT"];

/**
 * The keys of all objects in the order in which they come up, each with the engine's name of the type that holds every
 * value of it. Looks at every row, but keeps only what differs: the engine's own aggregate for it keeps every row.
 * @param read a relation with the column `json`.
 * @throws DataError `bad_json` where a value is no object.
 */
export async function jsonShape(engine: Pick<Duckdb, "batches">, read: string): Promise<Map<string, string>> {
  const shape = new Map<string, string>();
  const shapes = engine.batches(
    `SELECT s, min(n) AS n FROM (SELECT CAST(json_structure(json) AS VARCHAR) AS s, row_number() OVER () AS n FROM ${read}) GROUP BY s ORDER BY n`,
  );
  for await (const batch of shapes)
    for (const { s, n } of batch) {
      const keys: unknown = JSON.parse(String(s));
      if (keys === null || typeof keys !== "object" || Array.isArray(keys))
        throw new DataError("bad_json", `Row ${n} is no JSON object; each row must be one`, {
          row: Number(n),
        });
      for (const [name, kind] of Object.entries(keys)) {
        const found = typeof kind === "string" ? kind : "JSON";
        shape.set(name, wider(shape.get(name) ?? "NULL", found));
      }
    }
  return shape;
}

function wider(left: string, right: string): string {
  if (left === right || right === "NULL") return left;
  if (left === "NULL") return right;
  const numbers = [...WHOLE, "DOUBLE"];
  if (!numbers.includes(left) || !numbers.includes(right)) return "JSON";
  return WHOLE.includes(left) && WHOLE.includes(right) ? "HUGEINT" : "DOUBLE";
}
