import type { OwnEvent } from "#lib/ingest/index.ts";
import { type KeptReply, toReply } from "./session-row.ts";

/** An answered message as its row keeps it: without secrets. */
export type LoggedTurn = {
  sessionId: string;
  seq: number;
  tenantId: string;
  said: string | null;
  reply: KeptReply;
  createdAt: Date;
  answeredAt: Date;
};

/**
 * What the log is told of one message: what was said, each thing the agent did outside with its outcome, and the answer.
 * The same message always gives the same events, so that writing them twice writes them once. A conversation is
 * its person's own: nobody but administrators may see it.
 */
export function turnEvents({ sessionId, seq, said, reply, createdAt, answeredAt }: LoggedTurn): OwnEvent[] {
  const id = (part?: number) => `setup_${sessionId}_${seq}${part === undefined ? "" : `_${part}`}`;
  const common = {
    agent_id: "setup-agent",
    session_id: sessionId,
    source: "setup",
    visibility: "private",
  } as const;
  const cause = said === null ? {} : { causal_refs: [id()], parent_event_id: id() };
  const { state, message } = toReply(reply);
  const events: OwnEvent[] = [];
  if (said !== null)
    events.push({
      ...common,
      event_id: id(),
      event_type: "user_message",
      event_time: createdAt.toISOString(),
      payload: { text: said },
    });
  for (const [at, { name, ok, outcome }] of reply.tools.entries())
    events.push({
      ...common,
      ...cause,
      event_id: id(at + 1),
      event_type: "tool_result_returned",
      event_time: answeredAt.toISOString(),
      payload: { text: `${name}: ${outcome}`, tool: name, ok },
    });
  events.push({
    ...common,
    ...cause,
    event_id: said === null ? id() : id(reply.tools.length + 1),
    event_type: "assistant_message",
    event_time: answeredAt.toISOString(),
    payload: { text: message, state },
  });
  return events;
}
