import type { Ctx } from "#lib/context.ts";
import { AppError, type Issue, isAppError } from "#lib/errors.ts";
import { columnsAfter, formatIrType } from "#lib/ir/index.ts";
import type { Catalogue, PipelineIr } from "#lib/ir/schema.ts";
import { getRunProgress } from "#lib/runs/index.ts";
import { cleanText } from "./clean-text.ts";
import type { KnownColumns, PointedAt } from "./prompt-document.ts";

/** Tells the columns of a table of the tenant's warehouse. @throws AppError `table_not_found` */
export type TableColumns = (table: string) => Promise<{ name: string; type: string }[]>;

/** What mentions are looked up in. */
export type MentionPlaces = {
  ir: PipelineIr;
  catalogue: Catalogue;
  /** Columns of sources that declare none. */
  columns: KnownColumns;
  tableColumns?: TableColumns;
};

/** What a message points at: nodes by id (those of its columns too), and all else with what it is. */
export type Mentions = { nodes: string[]; things: PointedAt[] };

/**
 * Looks up what a message points at, within the tenant: nodes and columns of the pipeline, tables of the warehouse, runs.
 * @throws AppError `bad_request` with an issue at `/mentions/<n>` for each that is not there
 */
export async function resolveMentions(
  ctx: Ctx,
  mentions: readonly string[],
  places: MentionPlaces,
): Promise<Mentions> {
  const found = await Promise.all(mentions.map((mention) => look(ctx, mention, places)));
  const issues = found.flatMap((one, at): Issue[] =>
    one
      ? []
      : [{ code: "unknown_mention", path: `/mentions/${at}`, message: `there is no ${words(mentions[at])}` }],
  );
  if (issues.length > 0)
    throw new AppError("bad_request", "What the message points at is not there.", { issues });
  const known = found.filter((one) => one !== undefined);
  const nodes = known.flatMap((one) => (one.kind === "node" || one.kind === "column" ? one.node : []));
  return { nodes: [...new Set(nodes)], things: known.filter((one) => one.kind !== "node") };
}

type Found = PointedAt | { kind: "node"; node: string };

/** How a mention is called in a sentence. */
function words(mention = ""): string {
  const [kind, name] = split(mention);
  return `${kind} ${cleanText(name)}`;
}

function split(mention: string): [kind: string, name: string] {
  const [, kind, name] = /^(table|column|run):(.*)$/s.exec(mention) ?? [];
  return kind && name !== undefined ? [kind, name] : ["node", mention];
}

async function look(ctx: Ctx, mention: string, places: MentionPlaces): Promise<Found | undefined> {
  const [kind, name] = split(mention);
  if (kind === "column") return columnOf(name, places);
  if (kind === "node")
    return places.ir.nodes.some(({ id }) => id === name) ? { kind, node: name } : undefined;
  try {
    return kind === "run" ? await runOf(ctx, name) : await tableOf(name, places);
  } catch (error) {
    if (isAppError(error) && error.status === 404) return undefined;
    throw error;
  }
}

async function tableOf(name: string, { tableColumns }: MentionPlaces): Promise<PointedAt | undefined> {
  return tableColumns && { kind: "table", table: name, columns: await tableColumns(name) };
}

/** A column that a node gives. Where nobody knows a node's columns, any name may be one. */
function columnOf(name: string, { ir, catalogue, columns }: MentionPlaces): PointedAt | undefined {
  const cut = name.indexOf(".");
  const [node, field] = [name.slice(0, cut), name.slice(cut + 1)];
  const there = ir.nodes.find(({ id }) => id === node);
  if (cut < 1 || !field || !there) return undefined;
  // A target or an archive gives no columns on: those that it takes are meant.
  const ref = "input" in there && typeof there.input === "string" ? there.input : node;
  const given = columnsAfter(ir, node, catalogue) ?? columnsAfter(ir, ref, catalogue);
  const known =
    given?.map((column) => ({ name: column.name, type: column.type && formatIrType(column.type) })) ??
    columns[node];
  if (!known) return { kind: "column", node, column: field };
  const column = known.find((one) => one.name === field);
  return column && { kind: "column", node, column: field, ...(column.type ? { type: column.type } : {}) };
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A run, without rows: where it stands and what failed. */
async function runOf(ctx: Ctx, id: string): Promise<PointedAt | undefined> {
  if (!UUID.test(id)) return undefined;
  const run = await getRunProgress({ ctx, input: { runId: id.toLowerCase() } });
  const { error } = run;
  return {
    kind: "run",
    run: run.runId,
    pipeline: run.pipelineSlug,
    version: run.pipelineVersion,
    status: run.status,
    rows: { read: run.rowsRead, out: run.rowsOut, rejected: run.rowsRejected },
    nodes: run.nodes.map(({ nodeId, status, rowsIn, rowsOut, rowsRejected }) => ({
      ...{ node: nodeId, status, in: rowsIn, out: rowsOut, rejected: rowsRejected },
    })),
    ...(error
      ? {
          error: {
            ...(error.nodeId ? { node: error.nodeId } : {}),
            code: error.code,
            message: cleanText(error.message),
            ...(error.hint ? { hint: cleanText(error.hint) } : {}),
          },
        }
      : {}),
  };
}
