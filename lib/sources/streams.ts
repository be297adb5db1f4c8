import { requirePermission } from "#lib/access/index.ts";
import { connectorOf, isDataError } from "#lib/connectors/index.ts";
import type { StreamPage, StreamPreview } from "#lib/connectors/schema.ts";
import type { Ctx } from "#lib/context.ts";
import { AppError } from "#lib/errors.ts";
import { limits } from "#lib/limits.ts";
import { loadSource } from "./load-source.ts";
import { ListStreamsQuery, PreviewQuery } from "./schema.ts";

/** A connector and its configuration in the clear, saved or not. */
export type Reached = { connector: string; config: Record<string, unknown> };

/**
 * A page of what a saved source offers.
 * @throws AppError `permission_denied`, `source_not_found`, `source_unreachable`
 */
export async function listStreams({
  ctx,
  id,
  input,
}: {
  ctx: Ctx;
  id: string;
  input: unknown;
}): Promise<StreamPage> {
  requirePermission(ctx, "sources.read");
  return discoverStreams(ctx, await loadSource({ ctx, ref: id }), ListStreamsQuery.parse(input));
}

/**
 * The first rows of a stream of a saved source.
 * @throws AppError `permission_denied`, `source_not_found`, `stream_not_found`, `source_unreachable`
 */
export async function previewStream({
  ctx,
  id,
  input,
}: {
  ctx: Ctx;
  id: string;
  input: unknown;
}): Promise<StreamPreview> {
  requirePermission(ctx, "sources.read");
  return firstRows(ctx, await loadSource({ ctx, ref: id }), PreviewQuery.parse(input).stream);
}

/** A page of what a configuration leads to. @throws AppError `source_unreachable` */
export function discoverStreams(
  ctx: Pick<Ctx, "tenant" | "signal">,
  { connector, config }: Reached,
  request: { filter?: string; names?: readonly string[]; limit: number; cursor?: string },
): Promise<StreamPage> {
  return reaching(ctx, (signal) =>
    connectorOf(connector).discover({ tenant: ctx.tenant, config }, { ...request, signal }),
  );
}

/** The names of all streams that a configuration leads to. @throws AppError `source_unreachable` */
export function streamNames(
  ctx: Pick<Ctx, "tenant" | "signal">,
  { connector, config }: Reached,
): Promise<string[]> {
  return reaching(ctx, (signal) => connectorOf(connector).names({ tenant: ctx.tenant, config }, { signal }));
}

/** The first rows of a stream that a configuration leads to. @throws AppError `source_unreachable`, `stream_not_found` */
export function firstRows(
  ctx: Pick<Ctx, "tenant" | "signal">,
  { connector, config }: Reached,
  stream: string,
): Promise<StreamPreview> {
  const rows = limits.previewStreamRows;
  return reaching(ctx, (signal) =>
    connectorOf(connector).preview({ tenant: ctx.tenant, config }, { stream, rows, signal }),
  );
}

async function reaching<T>(
  { signal }: Pick<Ctx, "signal">,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = AbortSignal.timeout(limits.discoverMs);
  try {
    return await work(signal ? AbortSignal.any([signal, late]) : late);
  } catch (error) {
    signal?.throwIfAborted();
    if (late.aborted)
      throw new AppError(
        "source_unreachable",
        `It did not answer within ${limits.discoverMs / 1000} seconds.`,
      );
    if (!isDataError(error)) throw error;
    const { code, message, place } = error;
    if (code === "stream_not_found") throw new AppError("stream_not_found", message);
    const issues = [{ code, path: "", message, ...(place.hint && { hint: place.hint }) }];
    throw new AppError("source_unreachable", message, { issues, cause: error });
  }
}
