import type { ArtifactRow, Changes, EdgeRow } from "#lib/memory/index.ts";
import { logicalTime, validFrom } from "./event-times.ts";
import { materializeObject } from "./materialize-object.ts";
import { type Ack, OBJECT_UPSERTED, type StoredEvent, type Warning } from "./schema.ts";

const MEMORY_TYPES: Record<string, string> = {
  user_message: "episodic",
  assistant_message: "episodic",
  critique_generated: "reflective",
  reflection: "reflective",
  plan_updated: "procedural",
  tool_result_returned: "factual",
};

/** Changes that change nothing, to collect some in. */
export function noChanges(): Changes {
  return { memories: [], edges: [], states: [], artifacts: [], objects: [], versions: [] };
}

/**
 * What an event of the log does to the derived tables. Pure: reads only what the log stores, so that the same log always
 * gives the same rows. The tombstone of an erased event does nothing.
 * @param into collects the rows of several events; without it they stand alone.
 */
export function materialize(event: StoredEvent, into: Changes = noChanges()): Changes {
  if (event.erased) return into;
  if (event.event_type === OBJECT_UPSERTED) return materializeObject(event, into);
  const memoryId = addMemory(event, into);
  addEdges(event, memoryId, into);
  addState(event, memoryId, into);
  const artifact = artifactOf(event);
  if (artifact) {
    into.artifacts.push(artifact);
    addVersion(event, artifact.artifactId, "artifact", into);
  }
  addMentions(event, into);
  return into;
}

/** What an event's sender is told: its number and the ids of what it became. */
export function ackOf(event: Omit<StoredEvent, "lsn">, lsn: number, warnings: Warning[] = []): Ack {
  const told = warnings.length > 0 ? { warnings } : {};
  const { event_id } = event;
  if (event.event_type === OBJECT_UPSERTED) return { status: "accepted", lsn, event_id, edges: 0, ...told };
  return {
    status: "accepted",
    lsn,
    event_id,
    memory_id: memoryIdOf(event_id),
    edges: (event.session_id ? 1 : 0) + (event.agent_id ? 1 : 0) + event.causal_refs.length,
    state_id: stateIdOf(event),
    ...(artifactUri(event) === undefined ? {} : { artifact_id: artifactIdOf(event_id) }),
    ...told,
  };
}

/** The id of the memory that an ordinary event becomes. */
export const memoryIdOf = (eventId: string): string => `mem_${eventId}`;
const artifactIdOf = (eventId: string): string => `art_${eventId}`;
const stateIdOf = ({ session_id, event_id }: Pick<StoredEvent, "session_id" | "event_id">): string =>
  `state_${session_id || "default_session"}_${event_id}`;

function addMemory(event: StoredEvent, into: Changes): string {
  const memoryId = memoryIdOf(event.event_id);
  into.memories.push({
    tenantId: event.tenant_id,
    memoryId,
    lsn: event.lsn,
    memoryType: Object.hasOwn(MEMORY_TYPES, event.event_type)
      ? (MEMORY_TYPES[event.event_type] ?? "")
      : "episodic",
    workspaceId: event.workspace_id,
    agentId: event.agent_id,
    sessionId: event.session_id,
    scope: event.workspace_id || event.session_id || "default",
    level: 0,
    content: textOf(event.payload.text),
    summary: "",
    sourceEventIds: [event.event_id],
    provenanceRef: event.event_id,
    confidence: 1,
    importance: event.importance,
    freshness: 1,
    visibility: event.visibility,
    visibleTime: event.visible_time,
    validFrom: validFrom(event),
    validTo: null,
    version: logicalTime(event),
    isActive: true,
  });
  addVersion(event, memoryId, "memory", into);
  return memoryId;
}

function addEdges(event: StoredEvent, memoryId: string, into: Changes): void {
  const add = (name: string, edgeType: string, dstObjectId: string, dstType: string, weight: number) => {
    const edge: EdgeRow = {
      tenantId: event.tenant_id,
      edgeId: `edge_${memoryId}_${name}`,
      lsn: event.lsn,
      edgeType,
      srcObjectId: memoryId,
      srcType: "memory",
      dstObjectId,
      dstType,
      weight,
      provenanceRef: event.event_id,
      createdTime: validFrom(event),
    };
    into.edges.push(edge);
  };
  if (event.session_id) add("session", "belongs_to_session", event.session_id, "session", 1);
  if (event.agent_id) add("agent", "owned_by_agent", event.agent_id, "agent", 1);
  for (const [index, cause] of event.causal_refs.entries())
    add(`causal_${index}`, "derived_from", cause, "event", 0.8);
}

function addState(event: StoredEvent, memoryId: string, into: Changes): void {
  const stateId = stateIdOf(event);
  into.states.push({
    tenantId: event.tenant_id,
    stateId,
    lsn: event.lsn,
    stateType: "ingest_checkpoint",
    stateKey: "last_memory_id",
    stateValue: memoryId,
    agentId: event.agent_id,
    sessionId: event.session_id,
    derivedFromEventId: event.event_id,
    checkpointTime: validFrom(event),
    version: logicalTime(event),
  });
  addVersion(event, stateId, "state", into);
}

function artifactOf(event: StoredEvent): ArtifactRow | undefined {
  const uri = artifactUri(event);
  if (uri === undefined) return undefined;
  return {
    tenantId: event.tenant_id,
    artifactId: artifactIdOf(event.event_id),
    lsn: event.lsn,
    artifactType: "external_ref",
    uri,
    mimeType: textOf(event.payload.mime_type),
    name: textOf(event.payload.artifact_name),
    sessionId: event.session_id,
    ownerAgentId: event.agent_id,
    producedByEventId: event.event_id,
    metadata: {},
    version: logicalTime(event),
  };
}

/** The first that names something: `artifact_uri`, `artifact.uri`, and `uri` where the event attaches an artifact. */
function artifactUri({
  payload,
  event_type,
}: Pick<StoredEvent, "payload" | "event_type">): string | undefined {
  const { artifact } = payload;
  const nested = typeof artifact === "object" && artifact !== null && "uri" in artifact ? artifact.uri : "";
  const attached = event_type === "artifact_attached" ? payload.uri : "";
  return textOf(payload.artifact_uri) || textOf(nested) || textOf(attached) || undefined;
}

/** The agent and the session of an event, so that they are there before anybody describes them. */
function addMentions(event: StoredEvent, into: Changes): void {
  const mentioned = {
    tenantId: event.tenant_id,
    lsn: event.lsn,
    agentId: event.agent_id,
    workspaceId: event.workspace_id,
    mentioned: true,
    body: {},
  };
  const { agent_id, session_id } = event;
  if (agent_id) into.objects.push({ ...mentioned, objectType: "agent", objectId: agent_id, sessionId: "" });
  if (session_id)
    into.objects.push({ ...mentioned, objectType: "session", objectId: session_id, sessionId: session_id });
}

function addVersion(event: StoredEvent, objectId: string, objectType: string, into: Changes): void {
  into.versions.push({
    tenantId: event.tenant_id,
    objectId,
    lsn: event.lsn,
    objectType,
    version: logicalTime(event),
    mutationEventId: event.event_id,
    validFrom: validFrom(event),
    snapshotTag: `ingest:${event.event_type}`,
    body: null,
  });
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
