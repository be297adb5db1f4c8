import {
  type CursorRange,
  connectorOf,
  DataError,
  type FileStore,
  type Given,
  openLocalStore,
  type TablePort,
  type TableRequest,
} from "#lib/connectors/index.ts";
import type { Ctx } from "#lib/context.ts";
import { isAppError } from "#lib/errors.ts";
import type { FileSourceStep, SourceStep, TableSourceStep } from "#lib/ir/schema.ts";
import { loadSource, type OpenedSource } from "#lib/sources/index.ts";
import { withGoneColumns } from "./gone-columns.ts";
import type { ReadableSource } from "./readable-source.ts";

/** What a run reads of an incremental source. `highest` asks for the cursor's highest value there now. */
export type RangeOf = (
  step: TableSourceStep,
  ask: { highest: () => Promise<string | undefined>; hasNulls: () => Promise<boolean> },
) => Promise<CursorRange | "nothing" | undefined>;

/**
 * Where a source step reads, by the tenant's saved source of that name or id. Nothing of its configuration leaves this
 * process but to the system itself.
 * @param rangeOf default: everything is read.
 * @throws DataError `source_not_found`, `wrong_connector`, or what the connector says, at the step's node
 */
export async function resolveSource(
  ctx: Pick<Ctx, "tenant" | "db" | "signal">,
  step: SourceStep,
  rangeOf?: RangeOf,
): Promise<ReadableSource> {
  const { tenant, signal } = ctx;
  if (step.sourceRef === undefined && step.connector === "local_fs")
    return { kind: "store", store: openLocalStore({ tenant }) };
  const { config } = await savedSource(ctx, step);
  return reachSource({ tenant, config, signal }, step, rangeOf);
}

/** The store of files that a source is. @throws DataError as {@link resolveSource} */
export async function resolveStore(
  ctx: Pick<Ctx, "tenant" | "db" | "signal">,
  { nodeId, connector, sourceRef }: Pick<FileSourceStep, "nodeId" | "connector" | "sourceRef">,
): Promise<FileStore> {
  const { tenant, signal } = ctx;
  if (sourceRef === undefined && connector === "local_fs") return openLocalStore({ tenant });
  const { config } = await savedSource(ctx, { nodeId, connector, sourceRef });
  const port = connectorOf(connector);
  if (port.family === "file") return port.open({ tenant, config }, { signal });
  throw new DataError("wrong_connector", `${connector} has no files`, { nodeId });
}

/** The same, with the configuration at hand. */
export async function reachSource(
  { tenant, config, signal }: Given<Record<string, unknown>> & { signal?: AbortSignal },
  step: SourceStep,
  rangeOf?: RangeOf,
): Promise<ReadableSource> {
  const port = connectorOf(step.connector);
  const given = { tenant, config };
  if (port.family === "file") return { kind: "store", store: await port.open(given, { signal }) };
  if (step.family !== "table") throw new DataError("wrong_connector", `${step.connector} has no files`);
  const { stream: table, columns, syncMode, cursorField: field = "" } = step.config;
  const ask = {
    highest: () => port.highest(given, { table, field }),
    hasNulls: () =>
      holdsRows(port, given, { table, columns: [field], range: { field, nulls: "only" }, signal }),
  };
  const explain = async (error: unknown): Promise<never> => {
    throw await withGoneColumns(error, step, port, given);
  };
  const range = syncMode === "incremental" ? await rangeOf?.(step, ask).catch(explain) : undefined;
  const wanted = { table, columns, ...(range === "nothing" ? { limit: 0 } : range && { range }) };
  return { kind: "table", open: (request) => port.read(given, { ...request, ...wanted }).catch(explain) };
}

async function holdsRows(
  port: TablePort<Record<string, unknown>>,
  given: Given<Record<string, unknown>>,
  request: TableRequest,
): Promise<boolean> {
  const opened = await port.read(given, { ...request, limit: 1 });
  try {
    const { stream, done } = await opened.csv();
    done.catch(() => undefined);
    for await (const chunk of stream) if ((chunk as Buffer).length > 0) return true;
    return false;
  } finally {
    await opened.close();
  }
}

async function savedSource(
  ctx: Pick<Ctx, "tenant" | "db">,
  { nodeId, sourceRef, connector }: Pick<SourceStep, "nodeId" | "sourceRef" | "connector">,
): Promise<OpenedSource> {
  if (sourceRef === undefined)
    throw new DataError("source_not_found", `It names no saved source of ${connector}`, { nodeId });
  const saved = await loadSource({ ctx, ref: sourceRef }).catch((error: unknown) => {
    if (!isAppError(error) || error.code === "internal") throw error;
    throw new DataError(error.code, error.message, { nodeId, cause: error });
  });
  if (saved.connector === connector) return saved;
  const message = `The saved source "${saved.name}" is ${saved.connector}, not ${connector}`;
  throw new DataError("wrong_connector", message, { nodeId });
}
