import type { ChangeBatch } from "#lib/connectors/index.ts";
import { limits } from "#lib/limits.ts";
import { type Compacted, Compactor } from "./compact.ts";

/** Changes that are applied at once. `position`: they end with a transaction. `last`: nothing comes after them. */
export type Part = Compacted & { position?: string; last: boolean };

/**
 * Changes in parts of a bounded size. While one is applied the next is gathered.
 * @param see told how many more changes came
 */
export async function* changeParts(
  batches: AsyncIterable<ChangeBatch>,
  keyAt: readonly number[],
  see: (changes: number) => void,
): AsyncGenerator<Part> {
  const iterator = batches[Symbol.asyncIterator]();
  const compactor = new Compactor(keyAt);
  const gather = async (): Promise<Part> => {
    let position: string | undefined;
    for (;;) {
      const next = await iterator.next();
      if (next.done) return { ...compactor.take(), ...(position !== undefined && { position }), last: true };
      for (const change of next.value.changes) compactor.add(change);
      see(next.value.changes.length);
      position = next.value.position;
      const { changes, bytes } = compactor.size;
      if (changes >= limits.changesAtOnce || bytes >= limits.changeBytesAtOnce)
        return { ...compactor.take(), ...(position !== undefined && { position }), last: false };
    }
  };
  let ahead = gather();
  try {
    for (;;) {
      const part = await ahead;
      if (part.last) {
        yield part;
        return;
      }
      ahead = gather();
      ahead.catch(() => undefined);
      yield part;
    }
  } finally {
    // What is still gathered for nobody ends with the log's connection.
    ahead.catch(() => undefined);
  }
}
