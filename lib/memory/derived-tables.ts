/** A table that is derived from the log: its name, the columns that tell its rows apart, and all of them in order. */
export type DerivedTable = { name: string; key: readonly string[]; columns: readonly string[] };

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** The columns of memories that their retrieval rows repeat. */
export const PROJECTED = words(`lsn tenantId memoryId memoryType workspaceId agentId sessionId visibility
  importance visibleTime validFrom validTo isActive`);

/**
 * Every table that holds nothing but what the log says: dropped and replayed they hold the same again. `Projection` is
 * keyed by LSN; every other key begins with the tenant.
 */
export const DERIVED_TABLES = [
  {
    name: "Memory",
    key: ["tenantId", "memoryId"],
    columns: words(`tenantId memoryId lsn memoryType workspaceId agentId sessionId scope level content summary
      sourceEventIds provenanceRef confidence importance freshness visibility visibleTime validFrom validTo version
      isActive`),
  },
  { name: "Projection", key: ["lsn"], columns: [...PROJECTED, "terms"] },
  { name: "Term", key: ["tenantId", "term"], columns: ["tenantId", "term"] },
  {
    name: "Edge",
    key: ["tenantId", "edgeId"],
    columns: words(`tenantId edgeId lsn edgeType srcObjectId srcType dstObjectId dstType weight provenanceRef
      createdTime`),
  },
  {
    name: "State",
    key: ["tenantId", "stateId"],
    columns: words(`tenantId stateId lsn stateType stateKey stateValue agentId sessionId derivedFromEventId
      checkpointTime version`),
  },
  {
    name: "Artifact",
    key: ["tenantId", "artifactId"],
    columns:
      words(`tenantId artifactId lsn artifactType uri mimeType name sessionId ownerAgentId producedByEventId
      metadata version`),
  },
  {
    name: "NamedObject",
    key: ["tenantId", "objectType", "objectId"],
    columns: words("tenantId objectType objectId lsn agentId sessionId workspaceId mentioned body"),
  },
  {
    name: "ObjectVersion",
    key: ["tenantId", "objectId", "lsn"],
    columns: words("tenantId objectId lsn objectType version mutationEventId validFrom snapshotTag body"),
  },
] as const satisfies readonly DerivedTable[];

/** The name of a derived table. */
export type DerivedTableName = (typeof DERIVED_TABLES)[number]["name"];
