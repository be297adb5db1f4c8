import { DataError, type FileStore } from "#lib/connectors/index.ts";
import type { Db } from "#lib/db.ts";
import { bring, isThere } from "./move-file.ts";
import {
  besides,
  inFolder,
  isSameVersion,
  lastOf,
  markOf,
  type TakenFile,
  type TakenSource,
} from "./taken-file.ts";

/** What becomes of files: loaded; not loaded, and nobody tries again; as if nothing had been. */
export type FilesEnd = "success" | "failure" | "back";

/** How many files went where. `left` lie where they were, each with the reason. */
export type Settled = { moved: Map<string, number>; left: { path: string; why: string }[] };

const NAMES = 20;

/**
 * Puts the files of a source where its run's end says they belong. Each move is written down before it is made, so that
 * whoever comes after a crash goes on with it; a name that is taken is never written over.
 * @throws DataError where the store refuses; what was done by then is kept
 */
export async function settleFiles(
  { db, store, source }: { db: Db; store: FileStore; source: TakenSource },
  rows: readonly TakenFile[],
  end: FilesEnd,
): Promise<Settled> {
  const { successFolder, failureFolder } = source.atomicity ?? {};
  const folder = end === "success" ? successFolder : end === "failure" ? failureFolder : undefined;
  const settled: Settled = { moved: new Map(), left: [] };
  for (const row of rows) {
    if (row.settledAt !== null) continue;
    const wanted = wantedFor(row, folder, end);
    const went = wanted === undefined ? {} : await settleFile({ db, store }, row, wanted);
    if (went === "by another") continue;
    if (went.why) settled.left.push({ path: row.path, why: went.why });
    else if (went.to !== undefined) {
      const at = folder ?? "where it was found";
      settled.moved.set(at, (settled.moved.get(at) ?? 0) + 1);
    }
    const where = { runId: row.runId, nodeId: row.nodeId, path: row.path };
    // Of a run that may be tried again, it is kept where its files are.
    if (end === "success") await db.takenFile.deleteMany({ where });
    else await db.takenFile.updateMany({ where, data: { settledAt: new Date(), held: null } });
  }
  return settled;
}

/** Undefined where a file stays. */
function wantedFor(
  { path, staged }: TakenFile,
  folder: string | undefined,
  end: FilesEnd,
): string | undefined {
  if (folder !== undefined) return inFolder(folder, lastOf(path));
  return end === "success" || staged === path ? undefined : path;
}

type Place = { db: Db; store: FileStore };

async function settleFile(
  { db, store }: Place,
  row: TakenFile,
  wanted: string,
): Promise<{ to?: string; why?: string } | "by another"> {
  const { runId, nodeId, path, staged } = row;
  // It was put there before, and read there.
  if (staged !== path && isNameFor(staged, wanted)) return { to: staged };
  if (staged === path && !(await isUnread(store, row)))
    return { why: "it was changed or taken away since it was read" };
  let known = row.goesTo;
  for (let attempt = 0; attempt < NAMES; attempt++) {
    const to =
      attempt === 0 && known !== null && isNameFor(known, wanted)
        ? known
        : await freeName(store, wanted, row);
    if (to !== known) {
      const where = { runId, nodeId, path, goesTo: known };
      const { count } = await db.takenFile.updateMany({ where, data: { goesTo: to } });
      // Another worker is at it, and will say so.
      if (count === 0) return "by another";
      known = to;
    }
    const moved = await bring(store, staged, to);
    if (moved === "moved") return { to };
    if (moved === "gone") return { why: "it is not there any more" };
  }
  throw new DataError("file_exists", `No name is free for "${wanted}"`);
}

/** Whether a file that is read where it lies is still the one that was read, or was moved by a settling before. */
async function isUnread(store: FileStore, row: TakenFile): Promise<boolean> {
  const at = await store.stat(row.path);
  if (at) return isSameVersion(row, at);
  return row.goesTo !== null && (await isThere(store, row.goesTo));
}

/** A name that was chosen before belongs to the folder that is wanted now. */
function isNameFor(known: string, wanted: string): boolean {
  return known.slice(0, known.lastIndexOf("/")) === wanted.slice(0, wanted.lastIndexOf("/"));
}

async function freeName(store: FileStore, wanted: string, row: TakenFile): Promise<string> {
  const mark = markOf(row).slice(0, 8);
  for (let attempt = 0; attempt < NAMES; attempt++) {
    const name = attempt === 0 ? wanted : besides(wanted, attempt === 1 ? mark : `${mark}-${attempt}`);
    if (!(await isThere(store, name))) return name;
  }
  throw new DataError("file_exists", `No name is free for "${wanted}"`);
}
