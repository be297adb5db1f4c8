import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { DataError, isDataError } from "#lib/connectors/index.ts";
import type { Column } from "#lib/ir/schema.ts";
import { columnsGone } from "../columns-gone.ts";
import type { ReadProgress } from "../engines/engine.ts";
import { failedAt } from "../plan-outcome.ts";
import { loaded, type Run, requestOf } from "../plan-run.ts";
import type { TablePair } from "../table-pairs.ts";
import { mirrorTable } from "./mirror-table.ts";

/**
 * Brings mirrors up to date one after another. One that fails does not keep the others from it, unless it is a
 * connection that fails and may do so again.
 * @throws what went wrong first.
 */
export async function mirrorPairs(run: Run, pairs: readonly TablePair[]): Promise<void> {
  let first: { error: unknown } | undefined;
  for (const pair of pairs) {
    run.input.signal?.throwIfAborted();
    run.toCome -= 1;
    try {
      await mirrorPair(run, pair);
    } catch (error) {
      run.input.signal?.throwIfAborted();
      if (first) failedAt(run, error);
      first ??= { error };
      if (!isDataError(error) || error.retryable) break;
    }
  }
  if (first) throw first.error;
}

async function mirrorPair(run: Run, pair: TablePair): Promise<void> {
  const { input, book } = run;
  const { source, target } = pair;
  const { feeds } = input;
  if (!feeds)
    throw new DataError("not_executable", "There is nothing here to remember what is followed", {
      nodeId: target.nodeId,
    });
  const destination = await input.resolveDestination(target.destination);
  const scratch = path.join(input.scratchDir, target.nodeId);
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  let read: ReadProgress | undefined;
  input.onNode?.(source.nodeId, "running");
  input.onNode?.(target.nodeId, "running");
  try {
    const onStart = (begun: ReadProgress, columns: readonly Column[]) => {
      const { nodeId, config } = source;
      book.came(nodeId, columns);
      const gone = columnsGone(input.plan, { nodeId, of: config.stream, columns }, input.lastColumns);
      run.warnings.push(...gone);
      if (read) run.reading.delete(read);
      read = begun;
      run.reading.add(begun);
    };
    const request = requestOf(run, target);
    const counts = await mirrorTable({ pair, destination, request, feeds, scratch, onStart });
    book.passed(source.nodeId, counts.in);
    input.onNode?.(source.nodeId, "completed");
    await loaded(run, book, target, counts);
  } finally {
    if (read) run.reading.delete(read);
    await rm(scratch, { recursive: true, force: true });
  }
}
