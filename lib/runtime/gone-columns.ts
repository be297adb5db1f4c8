import { type Given, isDataError, type TablePort } from "#lib/connectors/index.ts";
import { driftOf } from "#lib/ir/index.ts";
import type { TableSourceStep } from "#lib/ir/schema.ts";

/**
 * The same error; where a table lacks a column that its source names, with the columns that it has now. What the source
 * does not tell then stays unsaid.
 */
export async function withGoneColumns(
  error: unknown,
  { nodeId, config }: TableSourceStep,
  port: Pick<TablePort<Record<string, unknown>>, "read">,
  given: Given<Record<string, unknown>>,
): Promise<unknown> {
  if (!isDataError(error) || error.code !== "unknown_column") return error;
  const { stream, columns = [], cursorField } = config;
  try {
    const table = await port.read(given, { table: stream, limit: 0 });
    await table.close();
    const named = [...new Set([...columns, ...(cursorField === undefined ? [] : [cursorField])])];
    const expected = named.map((name) => ({ name }));
    const drift = driftOf({ nodeId, of: stream }, expected, table.columns, []);
    if (drift.missing.length === 0) return error;
    // Of columns that were never asked for nobody knows whether they are new.
    return error.at({ nodeId, drift: { ...drift, added: [] } });
  } catch {
    return error;
  }
}
