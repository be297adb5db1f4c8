import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { isDataError } from "#lib/connectors/index.ts";
import type { Column } from "#lib/ir/schema.ts";
import { columnsGone } from "./columns-gone.ts";
import type { ReadProgress } from "./engines/engine.ts";
import { loadTable } from "./load-table.ts";
import { failedAt } from "./plan-outcome.ts";
import { conclude, loaded, type Run, requestOf, withEngine } from "./plan-run.ts";
import { thoroughly } from "./run-steps.ts";
import { partOf, type TablePair } from "./table-pairs.ts";

/**
 * Loads tables one after another. One that fails does not keep the others from being loaded, unless it is a
 * connection that fails and may do so again.
 * @throws what went wrong first.
 */
export async function loadPairs(run: Run, pairs: readonly TablePair[]): Promise<void> {
  let first: { error: unknown } | undefined;
  for (const pair of pairs) {
    run.input.signal?.throwIfAborted();
    run.toCome -= 1;
    try {
      await loadPair(run, pair);
    } catch (error) {
      run.input.signal?.throwIfAborted();
      if (run.attempt) conclude(run, run.attempt);
      if (first) failedAt(run, error);
      first ??= { error };
      if (!isDataError(error) || error.retryable) break;
    }
  }
  if (first) throw first.error;
}

async function loadPair(run: Run, pair: TablePair): Promise<void> {
  const { input, sources, book } = run;
  const { source, target } = pair;
  const destination = await input.resolveDestination(target.destination);
  if (destination.kind !== "postgres") {
    const scratch = path.join(input.scratchDir, target.nodeId);
    await mkdir(scratch, { mode: 0o700 });
    const plan = partOf(input.plan, [source, target]);
    await withEngine(run, scratch, (engine) => thoroughly(run, plan, engine));
    await rm(scratch, { recursive: true, force: true });
    return;
  }
  let read: ReadProgress | undefined;
  input.onNode?.(source.nodeId, "running");
  input.onNode?.(target.nodeId, "running");
  try {
    const onStart = (begun: ReadProgress, columns: readonly Column[]) => {
      const { nodeId, config } = source;
      book.came(nodeId, columns);
      run.warnings.push(
        ...columnsGone(input.plan, { nodeId, of: config.stream, columns }, input.lastColumns),
      );
      read = begun;
      run.reading.add(begun);
    };
    const given = { sources, request: requestOf(run, target), onStart };
    const counts = await loadTable(pair, destination, given);
    book.passed(source.nodeId, counts.in);
    input.onNode?.(source.nodeId, "completed");
    await loaded(run, book, target, counts);
  } finally {
    if (read) run.reading.delete(read);
  }
}
