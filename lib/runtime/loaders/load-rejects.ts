import type { PlanStep } from "#lib/ir/schema.ts";
import type { EngineAttempt } from "../engines/engine.ts";
import { loadDuckdb } from "./load-duckdb.ts";
import { loadPostgres } from "./load-postgres.ts";
import type { LoadDestination, LoadInput } from "./loader.ts";

/** Copies rejected rows into the tables that validate nodes name, each as it stood at the failing node. */
export async function loadRejects(
  attempt: EngineAttempt,
  {
    runId,
    pipelineId,
    signal,
    destinationOf,
  }: {
    runId: string;
    pipelineId: string;
    signal?: AbortSignal;
    destinationOf: (step: Pick<PlanStep, "nodeId">) => Promise<LoadDestination>;
  },
): Promise<void> {
  for (const { nodeId, table, rows } of attempt.rejectedCopies()) {
    const request: LoadInput = {
      runId,
      pipelineId,
      step: {
        nodeId: `${nodeId}#quarantine`,
        table,
        loadMode: "append",
        upsertKey: [],
        schemaEvolution: "evolve",
        allowEmpty: true,
      },
      rows,
      signal,
    };
    const destination = await destinationOf({ nodeId });
    await (destination.kind === "postgres"
      ? loadPostgres(destination, request)
      : loadDuckdb(destination, request));
  }
}
