import {
  DataError,
  type FileStore,
  type FoundFile,
  isDataError,
  openLocalStore,
} from "#lib/connectors/index.ts";
import type { FileSourceStep, SourceStep } from "#lib/ir/schema.ts";
import { type ClaimedRun, getRunProgress } from "#lib/runs/index.ts";
import type { RunWarning } from "#lib/runs/schema.ts";
import type { ReadableSource, ResolveSource } from "../readable-source.ts";
import { targetsBelow } from "../table-pairs.ts";
import { archiveFiles, folderOf, isLocalFolder } from "./archive-files.ts";
import { type Miss, type Missed, missed } from "./missed-files.ts";
import { writingOf } from "./move-file.ts";
import { settleFiles } from "./settle-files.ts";
import { continueWithFiles, type Taking, takeFiles } from "./take-files.ts";
import { lastOf, sourceOf, type TakenFile } from "./taken-file.ts";
import { archivesOf } from "./without-archives.ts";

/** What a run reads of one source: the files in order, and those of them that it took. */
type Reading = { step: FileSourceStep; store: FileStore; files: FoundFile[]; taken?: TakenFile[] };

const MISSES = new Set(["no_files", "file_not_found"]);

/** The files of one run: found and taken before anything is read, copied and put away after everything is loaded. */
export class RunFiles {
  private readonly claimed: ClaimedRun;
  private readonly resolve: ResolveSource;
  private readonly stores = new Map<string, FileStore>();
  private readonly readings = new Map<string, Reading>();
  private readonly now: Date;

  constructor({ claimed, resolve }: { claimed: ClaimedRun; resolve: ResolveSource }) {
    this.claimed = claimed;
    this.resolve = resolve;
    // Tries of one run look for the files of one day.
    this.now = claimed.run.scheduledFor ?? claimed.run.startedAt;
  }

  /**
   * Finds the files of all sources, and takes those that are to be taken; none, if some are missing that are waited for.
   * @returns what comes of missing files.
   * @throws DataError at the source's node
   */
  async begin(): Promise<Missed | undefined> {
    const misses: Miss[] = [];
    const found: Reading[] = [];
    for (const step of this.fileSources())
      await atNode(step.nodeId, async () => {
        const store = await this.storeOf(step);
        await this.checkFolders(step, store);
        const taken = step.config.atomicity && (await continueWithFiles(this.takingOf(step, store)));
        if (taken) return void this.readings.set(step.nodeId, { step, store, files: foundOf(taken), taken });
        try {
          found.push({ step, store, files: await store.list(step.config, this.now) });
        } catch (error) {
          if (!isDataError(error) || !MISSES.has(error.code)) throw error;
          misses.push({ step, error });
        }
      });
    const { waits } = this.claimed.run;
    const decided = missed(misses, waits, new Date());
    if (decided) return decided;
    for (const reading of found) await atNode(reading.step.nodeId, () => this.take(reading, misses));
    return missed(misses, waits, new Date());
  }

  /** Where a step reads: files as they were found, wherever they are by now. */
  readonly source: ResolveSource = async (step) => {
    const reading = this.readings.get(step.nodeId);
    if (!reading) return this.resolve(step);
    const { store, files, taken } = reading;
    const places = placesOf(taken);
    const open = async (path: string) => {
      const opened = await store.open(places(path));
      return { ...opened, name: lastOf(path) };
    };
    return {
      kind: "store",
      store: { ...store, list: async () => files, open, close: async () => undefined },
    };
  };

  /** How many files a source read, and their bytes. */
  counts(nodeId: string): { files: number; bytes: number } | undefined {
    const files = this.readings.get(nodeId)?.files;
    return files && { files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
  }

  /** Copies what was read to where archives are. @param onDone is told of each. @throws only the signal's reason */
  async archive(
    onDone: (nodeId: string, done: { files: number; bytes: number; left: number } | RunWarning) => void,
  ): Promise<void> {
    for (const step of archivesOf(this.claimed.plan)) {
      const { nodeId } = step;
      const reading = this.readings.get(step.inputs[0]?.nodeId ?? "");
      if (!reading) continue;
      const { store: from, files, taken, step: source } = reading;
      const { signal, run } = this.claimed;
      const to = this.archiveStore(step.to, reading);
      try {
        const given = { step, source, runId: run.id, now: this.now, files, from, to, signal };
        onDone(nodeId, await archiveFiles({ ...given, placeOf: placesOf(taken) }));
      } catch (error) {
        signal.throwIfAborted();
        const known = isDataError(error) ? error : undefined;
        const message = `The files were not archived: ${known?.message ?? "something went wrong on our side"}`;
        onDone(nodeId, {
          code: "archive_failed",
          message,
          nodeId,
          ...(known?.place.hint && { hint: known.place.hint }),
        });
      }
    }
  }

  /** Puts what was taken back where it was found: nothing is read this time. */
  async giveBack(): Promise<void> {
    const { db } = this.claimed.ctx;
    for (const { step, store, taken = [] } of this.readings.values())
      await settleFiles({ db, store, source: sourceOf(step) }, taken, "back");
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.stores.values()].map((store) => store.close()));
  }

  private fileSources(): FileSourceStep[] {
    return this.claimed.plan.steps
      .filter((step) => step.kind === "source")
      .filter((step) => step.family === "file");
  }

  private async storeOf(step: SourceStep): Promise<FileStore> {
    const source: ReadableSource = await this.resolve(step);
    if (source.kind !== "store") throw new DataError("wrong_connector", `${step.connector} has no files`);
    this.stores.set(step.nodeId, source.store);
    return source.store;
  }

  /** Told before anything is read, not after everything is loaded. */
  private async checkFolders(step: FileSourceStep, store: FileStore): Promise<void> {
    const folders = Object.values(step.config.atomicity ?? {}).filter((folder) => folder !== undefined);
    for (const folder of folders) await writingOf(store).checkFolder(folder);
    for (const archive of archivesOf(this.claimed.plan)) {
      if (archive.inputs[0]?.nodeId !== step.nodeId) continue;
      const to = this.archiveStore(archive.to, { step, store });
      await atNode(archive.nodeId, () => writingOf(to).checkFolder(folderOf(archive, step, this.now)));
    }
  }

  private archiveStore(to: string, { step, store }: Pick<Reading, "step" | "store">): FileStore {
    if (!isLocalFolder(to) || (step.connector === "local_fs" && step.sourceRef === undefined)) return store;
    return openLocalStore({ tenant: this.claimed.ctx.tenant });
  }

  private takingOf(step: FileSourceStep, store: FileStore): Taking {
    const { ctx, run } = this.claimed;
    return { ctx, run, step, store, isPartlyLoaded: () => this.isPartlyLoaded(step) };
  }

  /** Whether rows of a source are committed anywhere. */
  private async isPartlyLoaded({ nodeId }: FileSourceStep): Promise<boolean> {
    const { ctx, run, plan } = this.claimed;
    if (run.attempt === 1) return false;
    const targets = new Set(targetsBelow(plan, nodeId).map((target) => target.nodeId));
    const { nodes } = await getRunProgress({ ctx, input: { runId: run.id } });
    return nodes.some((node) => targets.has(node.nodeId) && node.status === "completed");
  }

  private async take({ step, store, files }: Reading, misses: Miss[]): Promise<void> {
    const { nodeId, config } = step;
    if (!config.atomicity) return void this.readings.set(nodeId, { step, store, files });
    const taken = await takeFiles(this.takingOf(step, store), files);
    if (taken.length > 0)
      return void this.readings.set(nodeId, { step, store, files: foundOf(taken), taken });
    const error = new DataError("no_files", "All files there are taken by other runs", { retryable: true });
    misses.push({ step, error });
  }
}

const foundOf = (taken: readonly TakenFile[]): FoundFile[] =>
  taken.map(({ path, bytes, modifiedAt }) => ({ path, bytes: Number(bytes), modifiedAt }));

/** Where a file is that was found somewhere. */
function placesOf(taken: readonly TakenFile[] | undefined): (path: string) => string {
  const places = new Map(taken?.map(({ path, staged }) => [path, staged]));
  return (path) => places.get(path) ?? path;
}

async function atNode(nodeId: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw isDataError(error) ? error.at({ nodeId }) : error;
  }
}
