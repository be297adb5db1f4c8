import type { z } from "zod";
import type { Changes, NamedObjectRow } from "#lib/memory/index.ts";
import type { ObjectType } from "#lib/memory/schema.ts";
import { logicalTime, validFrom } from "./event-times.ts";
import {
  type ArtifactInput,
  type EdgeInput,
  ID_FIELDS,
  type MemoryInput,
  type StateInput,
} from "./object-input.ts";
import type { StoredEvent } from "./schema.ts";

type Written = { [key: string]: unknown };

/**
 * What an `object_upserted` event does: the row of its object, and a version that keeps what was written. Its payload
 * has been checked before it was stored.
 */
export function materializeObject(event: StoredEvent, into: Changes): Changes {
  const { object_type: type, object } = event.payload as { object_type: ObjectType; object: Written };
  const objectId = String(object[ID_FIELDS[type]]);
  ADD[type](event, object, into);
  into.versions.push({
    tenantId: event.tenant_id,
    objectId,
    lsn: event.lsn,
    objectType: type,
    version: typeof object.version === "number" ? object.version : logicalTime(event),
    mutationEventId: event.event_id,
    validFrom: typeof object.valid_from === "string" ? object.valid_from : validFrom(event),
    snapshotTag: `ingest:${event.event_type}`,
    body: object as NamedObjectRow["body"],
  });
  return into;
}

type Add = (event: StoredEvent, object: Written, into: Changes) => void;

const ADD: Record<ObjectType, Add> = {
  memory: addMemory,
  edge: addEdge,
  state: addState,
  artifact: addArtifact,
  agent: named("agent"),
  session: named("session"),
  policy: named("policy"),
  share_contract: named("share_contract"),
};

function addMemory(event: StoredEvent, object: Written, into: Changes): void {
  const given = object as z.infer<typeof MemoryInput>;
  into.memories.push({
    tenantId: event.tenant_id,
    memoryId: given.memory_id,
    lsn: event.lsn,
    memoryType: given.memory_type || "episodic",
    workspaceId: given.workspace_id ?? "",
    agentId: given.agent_id ?? "",
    sessionId: given.session_id ?? "",
    scope: given.scope || given.workspace_id || given.session_id || "default",
    level: given.level ?? 0,
    content: given.content ?? "",
    summary: given.summary ?? "",
    sourceEventIds: given.source_event_ids ?? [event.event_id],
    provenanceRef: given.provenance_ref || event.event_id,
    confidence: given.confidence ?? 1,
    importance: given.importance ?? 0,
    freshness: given.freshness_score ?? 1,
    visibility: given.visibility ?? "",
    visibleTime: given.visible_time ?? null,
    validFrom: given.valid_from ?? validFrom(event),
    validTo: given.valid_to ?? null,
    version: given.version ?? logicalTime(event),
    isActive: given.is_active ?? true,
  });
}

function addEdge(event: StoredEvent, object: Written, into: Changes): void {
  const given = object as z.infer<typeof EdgeInput>;
  into.edges.push({
    tenantId: event.tenant_id,
    edgeId: given.edge_id,
    lsn: event.lsn,
    edgeType: given.edge_type ?? "",
    srcObjectId: given.src_object_id,
    srcType: given.src_type ?? "",
    dstObjectId: given.dst_object_id,
    dstType: given.dst_type ?? "",
    weight: given.weight ?? 1,
    provenanceRef: given.provenance_ref || event.event_id,
    createdTime: given.created_ts ?? validFrom(event),
  });
}

function addState(event: StoredEvent, object: Written, into: Changes): void {
  const given = object as z.infer<typeof StateInput>;
  into.states.push({
    tenantId: event.tenant_id,
    stateId: given.state_id,
    lsn: event.lsn,
    stateType: given.state_type ?? "",
    stateKey: given.state_key ?? "",
    stateValue: given.state_value ?? "",
    agentId: given.agent_id ?? "",
    sessionId: given.session_id ?? "",
    derivedFromEventId: given.derived_from_event_id || event.event_id,
    checkpointTime: given.checkpoint_ts ?? validFrom(event),
    version: given.version ?? logicalTime(event),
  });
}

function addArtifact(event: StoredEvent, object: Written, into: Changes): void {
  const given = object as z.infer<typeof ArtifactInput>;
  into.artifacts.push({
    tenantId: event.tenant_id,
    artifactId: given.artifact_id,
    lsn: event.lsn,
    artifactType: given.artifact_type || "external_ref",
    uri: given.uri ?? "",
    mimeType: given.mime_type ?? "",
    name: given.name ?? "",
    sessionId: given.session_id ?? "",
    ownerAgentId: given.owner_agent_id ?? "",
    producedByEventId: given.produced_by_event_id || event.event_id,
    metadata: given.metadata ?? {},
    version: given.version ?? logicalTime(event),
  });
}

function named(objectType: NamedObjectRow["objectType"]): Add {
  return (event, object, into) => {
    const text = (value: unknown) => (typeof value === "string" ? value : "");
    into.objects.push({
      tenantId: event.tenant_id,
      objectType,
      objectId: text(object[ID_FIELDS[objectType]]),
      lsn: event.lsn,
      agentId: text(object.agent_id),
      sessionId: objectType === "session" ? text(object.session_id) : "",
      workspaceId: text(object.workspace_id),
      mentioned: false,
      body: object as NamedObjectRow["body"],
    });
  };
}
