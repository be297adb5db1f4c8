import type { ChangeBatch, RowChange } from "../../connector.ts";

/** A batch ends with a transaction once it has this many changes, and within one at the latest with so many. */
const ENOUGH = 2_000;
const MOST = 8_000;
/** Bytes of the log after which a batch ends, too. */
const BYTES = 4_000_000;
/** Batches that may wait to be fetched. */
const WAITING = 2;

type Wait = { resolve: () => void };

/** Changes as they come, in batches as they are fetched; the source is held back while some wait. */
export class BatchQueue {
  private readonly ready: ChangeBatch[] = [];
  private changes: RowChange[] = [];
  private bytes = 0;
  private position: string | undefined;
  private over: { error?: unknown } | undefined;
  private wait: Wait | undefined;
  private held = false;
  private readonly hold: (held: boolean) => void;

  /** @param hold told when nothing more should come, and when it should again */
  constructor(hold: (held: boolean) => void) {
    this.hold = hold;
  }

  add(change: RowChange, bytes: number): void {
    this.changes.push(change);
    this.bytes += bytes;
    this.position = undefined;
    if (this.changes.length >= MOST || this.bytes >= BYTES) this.cut();
  }

  /** A transaction ended there. */
  committed(position: string): void {
    this.position = position;
    if (this.changes.length >= ENOUGH) this.cut();
  }

  /** Nothing more comes: up to this position everything did, or it broke off. */
  end(how: { position: string } | { error: unknown }): void {
    if (this.over) return;
    if ("position" in how) {
      this.position = how.position;
      this.cut();
      this.over = {};
    } else this.over = how;
    this.wait?.resolve();
  }

  async *batches(): AsyncGenerator<ChangeBatch> {
    for (;;) {
      const batch = this.ready.shift();
      if (this.held && this.ready.length < WAITING) {
        this.held = false;
        this.hold(false);
      }
      if (batch) {
        yield batch;
        continue;
      }
      if (this.over) {
        if ("error" in this.over) throw this.over.error;
        return;
      }
      await new Promise<void>((resolve) => {
        this.wait = { resolve };
      });
      this.wait = undefined;
    }
  }

  private cut(): void {
    const { changes, position } = this;
    this.ready.push({ changes, ...(position !== undefined && { position }) });
    this.changes = [];
    this.bytes = 0;
    if (!this.held && this.ready.length >= WAITING) {
      this.held = true;
      this.hold(true);
    }
    this.wait?.resolve();
  }
}
