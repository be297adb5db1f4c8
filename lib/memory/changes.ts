/** A moment as RFC 3339 text in UTC, with up to six digits of a second. */
export type Instant = string;

/** JSON of an object. */
export type JsonObject = { [key: string]: unknown };

/** Rows of the derived tables, named as their columns are. Every one names its tenant and the LSN it comes from. */
export type MemoryRow = {
  tenantId: string;
  memoryId: string;
  lsn: number;
  memoryType: string;
  workspaceId: string;
  agentId: string;
  sessionId: string;
  scope: string;
  level: number;
  content: string;
  summary: string;
  sourceEventIds: string[];
  provenanceRef: string;
  confidence: number;
  importance: number;
  freshness: number;
  visibility: string;
  visibleTime: Instant | null;
  validFrom: Instant;
  validTo: Instant | null;
  version: number;
  isActive: boolean;
};

export type EdgeRow = {
  tenantId: string;
  edgeId: string;
  lsn: number;
  edgeType: string;
  srcObjectId: string;
  srcType: string;
  dstObjectId: string;
  dstType: string;
  weight: number;
  provenanceRef: string;
  createdTime: Instant;
};

export type StateRow = {
  tenantId: string;
  stateId: string;
  lsn: number;
  stateType: string;
  stateKey: string;
  stateValue: string;
  agentId: string;
  sessionId: string;
  derivedFromEventId: string;
  checkpointTime: Instant;
  version: number;
};

export type ArtifactRow = {
  tenantId: string;
  artifactId: string;
  lsn: number;
  artifactType: string;
  uri: string;
  mimeType: string;
  name: string;
  sessionId: string;
  ownerAgentId: string;
  producedByEventId: string;
  metadata: JsonObject;
  version: number;
};

export type NamedObjectRow = {
  tenantId: string;
  objectType: "agent" | "session" | "policy" | "share_contract";
  objectId: string;
  lsn: number;
  agentId: string;
  sessionId: string;
  workspaceId: string;
  /** True for an agent or session that an event only mentions: it never replaces one that is there. */
  mentioned: boolean;
  body: JsonObject;
};

export type ObjectVersionRow = {
  tenantId: string;
  objectId: string;
  lsn: number;
  objectType: string;
  version: number;
  mutationEventId: string;
  validFrom: Instant;
  snapshotTag: string;
  /** The object as a caller wrote it; null where it was derived. */
  body: JsonObject | null;
};

/**
 * What some events of the log do to the derived tables, in LSN order. The retrieval row (projection) and the words of a
 * memory are made from its row by the database, in the same statement.
 */
export type Changes = {
  memories: MemoryRow[];
  edges: EdgeRow[];
  states: StateRow[];
  artifacts: ArtifactRow[];
  objects: NamedObjectRow[];
  versions: ObjectVersionRow[];
};
