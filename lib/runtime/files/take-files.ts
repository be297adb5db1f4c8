import { DataError, type FileStore, type FoundFile, isDataError } from "#lib/connectors/index.ts";
import type { Ctx } from "#lib/context.ts";
import type { FileSourceStep } from "#lib/ir/schema.ts";
import { limits } from "#lib/limits.ts";
import { atMost } from "./at-most.ts";
import { bring } from "./move-file.ts";
import { digest, inFolder, isSameVersion, lastOf, markOf, sourceOf, type TakenFile } from "./taken-file.ts";

/** One source of one run. */
export type Taking = {
  ctx: Pick<Ctx, "tenant" | "db" | "signal">;
  run: { id: string; pipelineId: string };
  step: FileSourceStep;
  store: FileStore;
  /** Whether an attempt before has committed a target. */
  isPartlyLoaded: () => Promise<boolean>;
};

/** What is there by now must not take its place: some of the run's targets may hold its rows, and take no others. */
function lostFile(path: string): DataError {
  return new DataError("file_not_found", `"${path}", which this run began with, is not there any more`, {
    hint: "Somebody moved or changed it. What is there now comes with the next run",
  });
}

const whereOf = ({ run, step }: Taking) => ({ runId: run.id, nodeId: step.nodeId });
const keyOf = ({ runId, nodeId, path }: TakenFile) => ({ runId_nodeId_path: { runId, nodeId, path } });
const inPlace = ({ staged, path }: TakenFile) => staged === path;

/**
 * Takes the files that were found: each is written down, then moved to the staging folder if there is one. A file that
 * another run holds, or that somebody else was quicker to take, is left out.
 */
export async function takeFiles(taking: Taking, found: readonly FoundFile[]): Promise<TakenFile[]> {
  const { ctx, run, step, store } = taking;
  const { tenant: tenantId } = ctx;
  const of = { tenantId, pipelineId: run.pipelineId, ...whereOf(taking) };
  const source = sourceOf(step);
  const staging = step.config.atomicity?.stagingFolder;
  const rows = found.map(({ path, bytes, modifiedAt }) => ({
    ...of,
    path,
    staged: staging === undefined ? path : inFolder(staging, stagedName({ ...of, path })),
    bytes,
    modifiedAt,
    held: digest(store.identityOf(path)),
    source,
  }));
  await ctx.db.takenFile.createMany({ data: rows, skipDuplicates: true });
  return staged(taking, await journal(taking));
}

/**
 * Goes on with the files that the run took before its worker died, or before it was tried again: each is brought to
 * where it is read.
 * @returns undefined if it took none, or if they have gone their way since.
 * @throws DataError `file_not_found` if one is lost that a part of the run may have loaded
 */
export async function continueWithFiles(taking: Taking): Promise<TakenFile[] | undefined> {
  const rows = await journal(taking);
  if (rows.length === 0) {
    if (await taking.isPartlyLoaded()) throw lostFile("The files");
    return undefined;
  }
  const { ctx, store } = taking;
  const found = await atMost(limits.filesMovedAtOnce, rows, async (row) => {
    ctx.signal?.throwIfAborted();
    // Not known to be moved: that comes next.
    if (row.held !== null && !inPlace(row)) return row;
    const place = await whereIs(store, row);
    const back = place !== undefined && (await heldAgain(taking, row, place));
    if (back) return back;
    if (row.settledAt === null || (await taking.isPartlyLoaded())) throw lostFile(row.path);
    await ctx.db.takenFile.delete({ where: keyOf(row) });
    return undefined;
  });
  const left = found.filter((row) => row !== undefined);
  return left.length === 0 ? undefined : staged(taking, left);
}

/** The file is the run's again, at its place; undefined if another run has it by now. */
async function heldAgain(
  { ctx, step, store }: Taking,
  row: TakenFile,
  place: string,
): Promise<TakenFile | undefined> {
  const staging = step.config.atomicity?.stagingFolder !== undefined;
  if (staging && place === row.staged && row.settledAt === null) return row;
  if (staging && place !== row.staged && (await bring(store, place, row.staged)) !== "moved")
    return undefined;
  // Read where it is: nobody else may begin with it.
  const held = staging ? null : digest(store.identityOf(place));
  const data = {
    settledAt: null,
    held,
    ...(!staging && place !== row.staged && { staged: place, goesTo: null }),
  };
  try {
    return await ctx.db.takenFile.update({ where: keyOf(row), data });
  } catch (error) {
    if ((error as { code?: unknown }).code === "P2002") return undefined;
    throw error;
  }
}

/** Where a file of an earlier attempt is now. */
async function whereIs(store: FileStore, row: TakenFile): Promise<string | undefined> {
  const { staged: read, goesTo, path, settledAt } = row;
  const places = settledAt === null ? [read, goesTo, path] : [goesTo, read, path];
  for (const place of new Set(places)) {
    if (place === null) continue;
    const at = await store.stat(place).catch((error: unknown) => {
      if (isDataError(error) && error.code === "path_is_folder") return undefined;
      throw error;
    });
    // Where files come in, another one may be by now.
    if (at && (place !== path || isSameVersion(row, at))) return place;
  }
  return undefined;
}

async function journal(taking: Taking): Promise<TakenFile[]> {
  const rows = await taking.ctx.db.takenFile.findMany({ where: whereOf(taking) });
  return rows.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/** Moves what is not in the staging folder yet. */
async function staged(taking: Taking, rows: readonly TakenFile[]): Promise<TakenFile[]> {
  const { ctx, store } = taking;
  const moved = await atMost(limits.filesMovedAtOnce, rows, async (row) => {
    ctx.signal?.throwIfAborted();
    if (inPlace(row) || row.held === null) return row;
    // Nobody else makes that name: if it is occupied, the move was done, and another file has come since.
    if ((await bring(store, row.path, row.staged)) !== "gone") return row;
    await ctx.db.takenFile.delete({ where: keyOf(row) });
    return undefined;
  });
  const own = moved.filter((row) => row !== undefined);
  const out = {
    ...whereOf(taking),
    path: { in: own.filter((row) => !inPlace(row)).map(({ path }) => path) },
  };
  await ctx.db.takenFile.updateMany({ where: out, data: { held: null } });
  return own.map((row) => (inPlace(row) ? row : { ...row, held: null }));
}

/** Tells who took it from where, and keeps what its name tells. */
function stagedName(of: Pick<TakenFile, "runId" | "nodeId" | "path">): string {
  return `${markOf(of)}-${lastOf(of.path).slice(-60)}`;
}
