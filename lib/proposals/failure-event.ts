import type { OwnEvent } from "#lib/ingest/index.ts";
import type { UnloggedFailure } from "#lib/runs/index.ts";
import { cleanText } from "./clean-text.ts";
import { AGENT } from "./decision-event.ts";

/** A failed run, as its event is made of it. `pipeline` is its `ir.id`. */
export type LoggedFailure = UnloggedFailure & { pipeline: string };

/** What the log is told of a failed run: where and why, no rows. A run that is retried and fails again is told anew. */
export function failureEvent({ id, pipeline, ...run }: LoggedFailure): OwnEvent {
  const first = `run_${id}_failed`;
  const why = cleanText(run.error?.message ?? "");
  const node = run.error?.nodeId;
  return {
    agent_id: AGENT,
    session_id: `pipeline:${pipeline}`,
    source: "runs",
    visibility: "tenant",
    event_id: run.attempt > 1 ? `${first}_${run.attempt}` : first,
    event_type: "tool_result_returned",
    event_time: run.finishedAt.toISOString(),
    payload: {
      text: `A run of ${pipeline}, version ${run.pipelineVersion}, failed${node ? ` at ${node}` : ""}: ${why}`,
      outcome: "failed_run",
      run_id: id,
      pipeline_id: pipeline,
      version: run.pipelineVersion,
      ...(node ? { node_id: node } : {}),
      ...(run.error ? { code: run.error.code, reason: why } : {}),
    },
  };
}
