import type { Changes, MemoryRow } from "#lib/memory/index.ts";

/** Nothing changes. */
export function noChanges(): Changes {
  return { memories: [], edges: [], states: [], artifacts: [], objects: [], versions: [] };
}

/** A memory row with sensible fields; those given replace them. */
export function memoryRow(
  tenantId: string,
  lsn: number,
  memoryId: string,
  content: string,
  given: Partial<MemoryRow> = {},
): MemoryRow {
  return {
    tenantId,
    lsn,
    memoryId,
    content,
    memoryType: "episodic",
    workspaceId: "w",
    agentId: "agent_a",
    sessionId: "sess_a",
    scope: "w",
    level: 0,
    summary: "",
    sourceEventIds: [`evt_${lsn}`],
    provenanceRef: `evt_${lsn}`,
    confidence: 1,
    importance: 0.5,
    freshness: 1,
    visibility: "tenant",
    visibleTime: null,
    validFrom: "2026-03-16T08:00:00.000001Z",
    validTo: null,
    version: lsn,
    isActive: true,
    ...given,
  };
}

/** What one made-up event does: the object of one kind under one id, and its version. */
export function changesOf(
  tenantId: string,
  lsn: number,
  step: { kind: string; id: string; text: string },
): Changes {
  const { kind, id, text } = step;
  const changes = noChanges();
  const at = "2026-03-16T08:00:00Z";
  const event = `evt_${lsn}`;
  if (kind === "memory") changes.memories.push(memoryRow(tenantId, lsn, id, text));
  if (kind === "edge")
    changes.edges.push({
      ...{ tenantId, lsn, edgeId: id, edgeType: text, srcObjectId: id, srcType: "memory" },
      ...{ dstObjectId: text, dstType: "agent", weight: 1, provenanceRef: event, createdTime: at },
    });
  if (kind === "state")
    changes.states.push({
      ...{ tenantId, lsn, stateId: id, stateType: "fact", stateKey: "k", stateValue: text },
      ...{
        agentId: "agent_a",
        sessionId: "sess_a",
        derivedFromEventId: event,
        checkpointTime: at,
        version: lsn,
      },
    });
  if (kind === "artifact")
    changes.artifacts.push({
      ...{ tenantId, lsn, artifactId: id, artifactType: "external_ref", uri: text, mimeType: "", name: "" },
      ...{ sessionId: "sess_a", ownerAgentId: "agent_a", producedByEventId: event, version: lsn },
      metadata: { text },
    });
  if (kind === "written" || kind === "mentioned")
    changes.objects.push({
      ...{ tenantId, lsn, objectType: "agent", objectId: id, agentId: id, sessionId: "", workspaceId: text },
      mentioned: kind === "mentioned",
      body: { text },
    });
  if (kind !== "mentioned")
    changes.versions.push({
      ...{ tenantId, lsn, objectId: id, objectType: kind, version: lsn, mutationEventId: event },
      ...{ validFrom: at, snapshotTag: "test", body: { text } },
    });
  return changes;
}
