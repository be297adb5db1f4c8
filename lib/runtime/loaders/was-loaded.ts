import { sqlLiteral } from "#lib/ir/index.ts";
import { MARKER, MARKER_SCHEMA } from "./duckdb/marker.ts";
import { loadError } from "./load-error.ts";
import { hasMarks, lookForMark } from "./load-mark.ts";
import type { LoadDestination, LoadRequest } from "./loader.ts";

/**
 * Whether a run's load of a target was committed, by the destination's own mark. A worker that is just committing it is
 * waited for.
 * @throws DataError
 */
export async function wasLoaded(
  destination: LoadDestination,
  { runId, step }: { runId: string; step: Pick<LoadRequest["step"], "nodeId" | "table"> },
): Promise<boolean> {
  try {
    return await (destination.kind === "postgres"
      ? inPostgres(destination, runId, step)
      : inDuckdb(destination, runId, step.nodeId));
  } catch (error) {
    throw loadError(error, step.nodeId);
  }
}

async function inPostgres(
  { connect, defaultSchema }: Extract<LoadDestination, { kind: "postgres" }>,
  runId: string,
  { nodeId, table }: Pick<LoadRequest["step"], "nodeId" | "table">,
): Promise<boolean> {
  const client = await connect();
  client.on("error", () => undefined);
  try {
    const mark = { schema: table.schema ?? defaultSchema, runId, nodeId };
    if (!(await hasMarks(client, mark))) return false;
    await client.query("begin read only");
    return (await lookForMark(client, mark)) !== undefined;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function inDuckdb(
  { warehouse }: Extract<LoadDestination, { kind: "duckdb" }>,
  runId: string,
  nodeId: string,
): Promise<boolean> {
  return warehouse.exclusively(async () => {
    const session = await warehouse.session();
    try {
      const tables = await session.rows(
        `SELECT 1 FROM information_schema.tables WHERE table_schema = ${sqlLiteral(MARKER_SCHEMA)}`,
      );
      if (tables.length === 0) return false;
      const found = await session.rows(
        `SELECT 1 FROM ${MARKER} WHERE run_id = ${sqlLiteral(runId)} AND node_id = ${sqlLiteral(nodeId)}`,
      );
      return found.length > 0;
    } finally {
      session.close();
    }
  });
}
