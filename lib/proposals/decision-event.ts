import type { OwnEvent } from "#lib/ingest/index.ts";

/** The agent under whose name decisions about proposals, and failed runs, are in the log. */
export const AGENT = "pipeline-assistant";

/** A decided proposal, as its event is made of it. */
export type LoggedDecision = {
  id: string;
  tenantId: string;
  /** `ir.id` of the pipeline; of the one that was proposed, where there was none yet. */
  pipeline: string;
  baseVersion: number;
  message: string;
  rationale: string;
  outcome: "rejected" | "applied";
  reason: string | null;
  appliedVersion: number | null;
  operations: number;
  decidedAt: Date;
  decisions: number;
};

/**
 * What the log is told of a decision. The same decision always gives the same event, so that writing it twice writes it
 * once; a proposal that is rejected anew, with another reason, gives another one. Whoever may read pipelines may read
 * it, as the proposal itself.
 */
export function decisionEvent(row: LoggedDecision): OwnEvent {
  const { id, pipeline, outcome, reason, message, rationale, appliedVersion, decisions } = row;
  const first = `proposal_${id}_${outcome}`;
  const asked = message || rationale;
  const rejected = outcome === "rejected";
  return {
    agent_id: AGENT,
    session_id: `pipeline:${pipeline}`,
    source: "proposals",
    visibility: "tenant",
    event_id: decisions > 1 ? `${first}_${decisions}` : first,
    event_type: rejected ? "critique_generated" : "plan_updated",
    event_time: row.decidedAt.toISOString(),
    payload: {
      text: rejected
        ? `A change to ${pipeline} was rejected: ${reason ?? ""} (asked: ${asked})`
        : `A change to ${pipeline} was applied as version ${appliedVersion}: ${asked}`,
      outcome,
      proposal_id: id,
      pipeline_id: pipeline,
      base_version: row.baseVersion,
      asked: message,
      proposed: rationale,
      operations: row.operations,
      ...(rejected ? { reason: reason ?? "" } : { version: appliedVersion }),
    },
  };
}
