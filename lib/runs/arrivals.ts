import { createHash } from "node:crypto";
import type { FoundFile } from "#lib/connectors/index.ts";
import type { FileArrivalSchedule } from "#lib/ir/schema.ts";

/** A file as it is told; times are ISO 8601 in UTC. */
type ToldFile = { path: string; bytes: number; modifiedAt: string };

/** What a schedule that waits for files remembers. Times are ISO 8601 in UTC. */
export type Arrivals = {
  /** Files that stood still, by their fingerprints: they have their run. */
  seen: string[];
  /** Files that the last look found for the first time, or changed. */
  moving: string[];
  /** Files have arrived that count for the next deadline. */
  counted?: boolean;
  /** The next arrival is the one that a deadline waited for; it does not count for the next one. */
  owed?: boolean;
  /** Where was looked last, and when. */
  place?: string;
  lookedAt?: string;
  /** The files of the latest arrival, the first of them by name. */
  last?: { at: string; count: number; files: ToldFile[] };
  /** Why the last look found out nothing. */
  problem?: { code: string; message: string };
};

/** What came of one look. */
export type LookOutcome = { place?: string } & (
  | { files: FoundFile[] }
  | { problem: { code: string; message: string } }
);

/** A look that is this process's to make. */
export type ClaimedLook = {
  pipelineId: string;
  tenantId: string;
  spec: FileArrivalSchedule;
  /** When the next look is due; as long as that stands in the row, this one counts. */
  nextRunAt: Date;
};

const TOLD_FILES = 5;

/** What a file is known by: another name, size or time of change makes another file of it. */
export function fingerprintOf({ path, bytes, modifiedAt }: FoundFile): string {
  const text = JSON.stringify([path, bytes, modifiedAt.getTime()]);
  return createHash("sha256").update(text).digest("base64url").slice(0, 22);
}

/** A schedule's memory before its first look, or, of what was seen, where deadlines begin anew. */
export function noArrivals(before?: Arrivals | null): Arrivals {
  const { counted: _, owed: __, ...kept } = before ?? { seen: [], moving: [] };
  return kept;
}

/**
 * What a look changes. A file has arrived when two looks, one after the other, found it as it is: one that is being
 * written is waited for. Files that are gone are forgotten. A look that found out nothing changes nothing but that.
 * @param deadline one that has passed since the look before.
 * @returns `missed` if no file was there by the deadline: none had arrived for it, and none of those that the look
 * found new was last changed in time, however late the look came.
 */
export function afterLook(
  before: Arrivals,
  look: LookOutcome,
  { now, deadline }: { now: Date; deadline?: Date },
): { arrivals: Arrivals; arrived: FoundFile[]; missed: boolean } {
  const { problem: _, ...kept } = before;
  const place = look.place === undefined ? {} : { place: look.place };
  const base: Arrivals = { ...kept, lookedAt: now.toISOString(), ...place };
  if ("problem" in look) {
    const arrivals = {
      ...base,
      problem: look.problem,
      ...(deadline && { counted: false, owed: !before.counted }),
    };
    return { arrivals, arrived: [], missed: deadline !== undefined && !before.counted };
  }
  const { seen, moving, arrived, fresh } = sortFiles(before, look.files);
  const came = arrived.length > 0;
  const counts = deadline
    ? { counted: false, owed: !before.counted && !came }
    : came && { counted: before.counted || !before.owed, owed: false };
  const last = came && { last: toldArrival(arrived, now) };
  const inTime = before.counted || fresh.some(({ modifiedAt }) => deadline && modifiedAt <= deadline);
  const missed = deadline !== undefined && !inTime;
  return { arrivals: { ...base, seen, moving, ...last, ...counts }, arrived, missed };
}

/** Which files have their run, which have yet to stand still, which have arrived, and which were not seen before. */
function sortFiles(before: Arrivals, files: readonly FoundFile[]) {
  const [known, stood] = [new Set(before.seen), new Set(before.moving)];
  const sorted = { seen: [] as string[], moving: [] as string[], arrived: [] as FoundFile[] };
  for (const file of files) {
    const print = fingerprintOf(file);
    const standsStill = known.has(print) || stood.has(print);
    (standsStill ? sorted.seen : sorted.moving).push(print);
    if (standsStill && !known.has(print)) sorted.arrived.push(file);
  }
  return { ...sorted, fresh: files.filter((file) => !known.has(fingerprintOf(file))) };
}

function toldArrival(arrived: readonly FoundFile[], now: Date): Arrivals["last"] {
  const files = arrived.slice(0, TOLD_FILES).map(({ path, bytes, modifiedAt }) => ({
    ...{ path, bytes },
    modifiedAt: modifiedAt.toISOString(),
  }));
  return { at: now.toISOString(), count: arrived.length, files };
}

/** Of a run that files began: which files it may read, at which source. */
export type ArrivedFiles = { source: string | undefined; has: (file: FoundFile) => boolean };

/** What a run that was begun for files may read: those that stood still, whatever else lies there meanwhile. */
export function arrivedFiles(source: string | undefined, { seen }: Arrivals): ArrivedFiles {
  const prints = new Set(seen);
  return { source, has: (file) => prints.has(fingerprintOf(file)) };
}
