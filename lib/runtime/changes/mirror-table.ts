import { DataError, isDataError, type OpenedChanges } from "#lib/connectors/index.ts";
import type { Column } from "#lib/ir/schema.ts";
import type { RunWarning } from "#lib/runs/schema.ts";
import type { ReadProgress } from "../engines/engine.ts";
import { countBinary, countText, startOf } from "../engines/read-progress.ts";
import { type LoadCounts, type LoadDestination, type LoadRequest, noCounts } from "../loaders/loader.ts";
import { sourceError } from "../readable-source.ts";
import type { TablePair } from "../table-pairs.ts";
import { changeParts, type Part } from "./change-parts.ts";
import { type FeedBook, type Follower, readsOf } from "./feeds.ts";
import type { Applied, Kept, Mirror } from "./mirror.ts";
import { openDuckdbMirror } from "./mirror-duckdb.ts";
import { openPostgresMirror } from "./mirror-postgres.ts";

/** Reasons for which a mirror is begun anew, and not given up. */
const ANEW = ["changes_lost", "table_changed", "mirror_diverged"];

export type MirrorInput = {
  pair: TablePair;
  destination: LoadDestination;
  request: LoadRequest;
  feeds: FeedBook;
  scratch: string;
  onStart: (read: ReadProgress, columns: readonly Column[]) => void;
};

/**
 * Brings a target's table to where its source's is: by the changes since the position that is kept beside it, or by all
 * rows where there is none, or none that could be gone on from. Each transaction in the destination carries its position.
 * @throws DataError
 */
export async function mirrorTable(input: MirrorInput): Promise<LoadCounts> {
  const { destination, request, scratch } = input;
  const mirror =
    destination.kind === "postgres"
      ? await openPostgresMirror(destination, request)
      : openDuckdbMirror(destination.warehouse, request, scratch);
  try {
    return await new Mirroring(input, mirror).run();
  } finally {
    await mirror.close();
  }
}

class Mirroring {
  private readonly o: MirrorInput;
  private readonly mirror: Mirror;
  private readonly warnings: RunWarning[] = [];
  private readonly stop = new AbortController();
  private readonly signal: AbortSignal;
  private counts: LoadCounts = noCounts();
  /** As it was committed last. */
  private kept: Kept | undefined;

  constructor(input: MirrorInput, mirror: Mirror) {
    const { signal } = input.request;
    this.o = input;
    this.mirror = mirror;
    this.signal = signal ? AbortSignal.any([signal, this.stop.signal]) : this.stop.signal;
  }

  async run(): Promise<LoadCounts> {
    const { pair, feeds, request } = this.o;
    try {
      const state = await this.mirror.transaction((tx) => tx.state());
      if (state.done) return { ...noCounts(), ...state.done, already: true };
      const follower = await this.atSource(() => feeds.follower(pair.source));
      const reads = readsOf(follower.sourceId, pair.source);
      const name = await feeds.nameOf(pair.target.nodeId, reads);
      // Before a run that begins again could say so, it had done this much.
      if (state.kept?.runId === request.runId) this.counts = { ...noCounts(), ...state.kept.counts };
      const { kept } = state;
      this.kept = kept;
      const goesOn = kept && state.there && kept.reads === reads && kept.feed === name;
      if (kept && !goesOn)
        this.warn(
          "begun_anew",
          "What is mirrored has changed, or was not followed any more: the table is read anew, whole",
        );
      if (!goesOn || !(await this.follow(follower, kept))) await this.begin(follower, reads);
      const { warnings } = this;
      return { ...this.counts, ...(warnings.length > 0 && { warnings }) };
    } finally {
      this.stop.abort();
    }
  }

  /** All rows, and the position at which they are so. */
  private async begin(follower: Follower, reads: string): Promise<void> {
    const { pair, feeds, request, onStart } = this.o;
    const { nodeId } = pair.target;
    const feed = await this.atSource(() => feeds.renew(nodeId, { sourceId: follower.sourceId, reads }));
    const begun = await this.atSource(() => follower.begin(this.asked(feed)));
    const { snapshot, key, position, shape } = begun;
    try {
      this.requireKey(key);
      const read = startOf(snapshot);
      onStart(read, snapshot.columns);
      await this.mirror.transaction(async (tx) => {
        requireUnmoved((await tx.state()).kept, this.kept);
        await tx.hook("preHook");
        this.warnings.push(...(await tx.prepare(snapshot.columns, key)));
        const rows = await tx.fill(snapshot, {
          see: (chunk, binary) => (binary ? countBinary : countText)(read, chunk),
          explain: (error) => sourceError(error, pair.source.nodeId),
        });
        const counts = { ...this.counts, in: this.counts.in + rows, inserted: this.counts.inserted + rows };
        await tx.hook("postHook");
        await tx.keep({ reads, feed, position, shape, runId: request.runId, counts });
        await tx.end(counts);
        this.counts = counts;
      });
    } finally {
      await snapshot.close().catch(() => undefined);
    }
    await feeds.reached(nodeId, feed, position);
  }

  /** The changes since what is kept. @returns false if the mirror has to be begun anew */
  private async follow(follower: Follower, kept: Kept): Promise<boolean> {
    let opened: OpenedChanges | undefined;
    try {
      const { position: from, shape, feed } = kept;
      opened = await this.atSource(() => follower.changes({ ...this.asked(feed), from, shape }));
      await this.applyAll(opened, kept);
      return true;
    } catch (error) {
      this.signal.throwIfAborted();
      if (!isDataError(error) || !ANEW.includes(error.code)) throw error;
      this.warn(error.code, `${error.message}. The table is read anew, whole`);
      return false;
    } finally {
      await opened?.close().catch(() => undefined);
    }
  }

  private async applyAll(opened: OpenedChanges, begun: Kept): Promise<void> {
    const { pair, feeds, onStart } = this.o;
    const { columns, key, shape } = opened;
    this.requireKey(key);
    const read: ReadProgress = { bytes: 0, totalBytes: 0, text: 0, rowBytes: 1 };
    onStart(read, columns);
    const keyAt = key.map((name) => columns.findIndex((column) => column.name === name));
    const parts = changeParts(opened.batches, keyAt, (changes) => {
      read.text += changes;
    });
    const next = async () => (await this.atSource(() => parts.next())).value as Part;
    let kept = begun;
    let first = true;
    for (let part: Part | undefined = await next(); part; ) {
      const start: Part = part;
      const done = await this.mirror.transaction(async (tx) => {
        requireUnmoved((await tx.state()).kept, kept);
        if (first) await tx.hook("preHook");
        if (first) this.warnings.push(...(await tx.prepare(columns, key)));
        let counts = this.counts;
        let current: Part = start;
        for (;;) {
          counts = counted(counts, current, await tx.apply(current, columns, key));
          if (current.position !== undefined || current.last) break;
          current = await next();
        }
        const position = current.position ?? kept.position;
        const now: Kept = { ...kept, position, shape, runId: this.o.request.runId, counts };
        if (current.last) await tx.hook("postHook");
        await tx.keep(now);
        if (current.last) await tx.end(counts);
        return { now, last: current.last };
      });
      first = false;
      kept = done.now;
      this.kept = kept;
      this.counts = kept.counts;
      await this.atSource(() => opened.acknowledge(kept.position));
      part = done.last ? undefined : await next();
    }
    await feeds.reached(pair.target.nodeId, kept.feed, kept.position);
  }

  /** @throws DataError `wrong_key` */
  private requireKey(key: readonly string[]): void {
    const { upsertKey, nodeId } = this.o.pair.target;
    if (
      upsertKey.length === 0 ||
      (upsertKey.length === key.length && key.every((name) => upsertKey.includes(name)))
    )
      return;
    throw new DataError(
      "wrong_key",
      `The source tells its rows apart by ${key.join(", ")}, not by ${upsertKey.join(", ")}`,
      { nodeId, hint: 'Leave "upsertKey" out: the source\'s own key is used' },
    );
  }

  private warn(code: string, message: string): void {
    this.warnings.push({ code, message, nodeId: this.o.pair.target.nodeId });
  }

  private asked(name: string) {
    const { stream: table, columns } = this.o.pair.source.config;
    return { table, name, signal: this.signal, ...(columns && { columns }) };
  }

  private async atSource<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.o.request.signal?.throwIfAborted();
      throw sourceError(error, this.o.pair.source.nodeId);
    }
  }
}

/** What became of a part: changes that later ones overtook count as deduplicated. */
function counted(counts: LoadCounts, { states, inserts, changes }: Part, applied: Applied): LoadCounts {
  const deduplicated = changes - states.length - inserts.length;
  return {
    ...counts,
    in: counts.in + changes + applied.emptied,
    inserted: counts.inserted + applied.inserted,
    updated: counts.updated + applied.updated,
    deleted: counts.deleted + applied.deleted + applied.emptied,
    deduplicated: counts.deduplicated + deduplicated,
  };
}

/** @throws DataError `mirror_moved`: another worker, thought dead, has gone on meanwhile */
function requireUnmoved(now: Kept | undefined, before: Kept | undefined): void {
  if (now?.feed === before?.feed && now?.position === before?.position) return;
  throw new DataError("mirror_moved", "Another worker has gone on with this table meanwhile", {
    retryable: true,
  });
}
