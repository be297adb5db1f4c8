import { z } from "zod";
import { limits } from "#lib/limits.ts";

/** The kinds of object that memory keeps, as they are named in bodies. */
export const OBJECT_TYPES = [
  "agent",
  "session",
  "memory",
  "state",
  "artifact",
  "edge",
  "policy",
  "share_contract",
] as const;
export type ObjectType = (typeof OBJECT_TYPES)[number];

/** Who may see a memory. Anything else counts as private. */
export const VISIBILITIES = ["private", "workspace", "shared", "tenant", "audit"] as const;

/** An id as callers write it. */
export const Id = z.string().min(1).max(limits.idChars);
/** A moment, RFC 3339, in the years 1 to 9999. */
export const Instant = z.iso
  .datetime({ offset: true })
  .refine((text) => !text.startsWith("0000"), { error: "Expected a time in the years 1 to 9999" });

const id = z.string().max(limits.idChars);

/** What an agent remembers. */
export const Memory = z.object({
  memory_id: z.string(),
  memory_type: z
    .string()
    .meta({ description: "episodic, factual, procedural, reflective, or a caller's own" }),
  agent_id: z.string(),
  session_id: z.string(),
  workspace_id: z.string(),
  scope: z.string(),
  level: z.int(),
  content: z.string(),
  summary: z.string(),
  source_event_ids: z.array(z.string()),
  provenance_ref: z.string().meta({ description: "The event it comes from" }),
  confidence: z.number(),
  importance: z.number(),
  freshness_score: z.number(),
  visibility: z.string(),
  visible_time: z.string().nullable(),
  valid_from: z.string(),
  valid_to: z.string().nullable(),
  version: z.int(),
  is_active: z.boolean(),
  lsn: z.int(),
});
export type Memory = z.infer<typeof Memory>;

/** A directed relation. */
export const Edge = z.object({
  edge_id: z.string(),
  edge_type: z.string(),
  src_object_id: z.string(),
  src_type: z.string(),
  dst_object_id: z.string(),
  dst_type: z.string(),
  weight: z.number(),
  provenance_ref: z.string(),
  created_ts: z.string(),
  lsn: z.int(),
});
export type Edge = z.infer<typeof Edge>;

/** A checkpoint, or a fact about where an agent stands. */
export const State = z.object({
  state_id: z.string(),
  state_type: z.string(),
  state_key: z.string(),
  state_value: z.string(),
  agent_id: z.string(),
  session_id: z.string(),
  derived_from_event_id: z.string(),
  checkpoint_ts: z.string(),
  version: z.int(),
  lsn: z.int(),
});
export type State = z.infer<typeof State>;

/** Something outside that an event points to. */
export const Artifact = z.object({
  artifact_id: z.string(),
  artifact_type: z.string(),
  uri: z.string(),
  mime_type: z.string(),
  name: z.string(),
  session_id: z.string(),
  owner_agent_id: z.string(),
  produced_by_event_id: z.string(),
  metadata: z.record(z.string(), z.unknown()),
  version: z.int(),
  lsn: z.int(),
});
export type Artifact = z.infer<typeof Artifact>;

/** One version of an object, and the event that made it. */
export const ObjectVersion = z.object({
  object_id: z.string(),
  object_type: z.string(),
  version: z.int(),
  mutation_event_id: z.string(),
  valid_from: z.string(),
  valid_to: z.string().nullable(),
  snapshot_tag: z.string(),
  lsn: z.int(),
});
export type ObjectVersion = z.infer<typeof ObjectVersion>;

/** Query of the eight lists. The answer is a bare array, newest first where there is an order; `Link` leads on. */
export const ListObjectsQuery = z.object({
  agent_id: id.optional(),
  session_id: id.optional(),
  object_id: z
    .string()
    .max(4 * limits.idChars)
    .optional(),
  scope: id.optional(),
  limit: z.coerce.number().int().min(1).max(limits.pageSize).default(limits.pageSizeDefault),
  cursor: z.string().max(2048).optional(),
});
export type ListObjectsQuery = z.infer<typeof ListObjectsQuery>;

/** Body of `POST /v1/query`. */
export const QueryInput = z.object({
  query_text: z.string().max(limits.queryChars).default(""),
  query_scope: id.optional().meta({ description: "A workspace id, or: session, workspace, tenant" }),
  session_id: id.optional(),
  agent_id: id.optional(),
  tenant_id: id.optional(),
  workspace_id: id.optional(),
  top_k: z.int().min(1).max(limits.pageSize).default(10),
  time_window: z.object({ from: Instant.optional(), to: Instant.optional() }).optional(),
  object_types: z.array(z.enum(OBJECT_TYPES)).optional(),
  memory_types: z.array(z.string().max(limits.idChars)).max(32).optional(),
  relation_constraints: z
    .array(z.string().max(limits.idChars))
    .max(32)
    .optional()
    .meta({ description: "Edge types that a hit must have" }),
  response_mode: z.enum(["structured_evidence", "objects_only"]).default("structured_evidence"),
  as_of: Instant.optional(),
});
export type QueryInput = z.infer<typeof QueryInput>;

/** One hit, and why it is one. */
export const QueryHit = z.object({
  object_id: z.string(),
  object_type: z.enum(OBJECT_TYPES),
  score: z.number(),
  text: z.string(),
  lsn: z.int(),
  event_id: z.string(),
  event_time: z.string(),
  agent_id: z.string(),
  session_id: z.string(),
  memory_type: z.string(),
  why: z.array(z.string()).meta({ description: "In words, strongest reason first" }),
});
export type QueryHit = z.infer<typeof QueryHit>;

/** Where a hit comes from: its event and LSN. */
export const Provenance = z.object({ object_id: z.string(), event_id: z.string(), lsn: z.int() });

/** Answer of `POST /v1/query`. Lists are never null; the last three are never empty. */
export const QueryResult = z.object({
  objects: z.array(z.string()).meta({ description: "Ids, best first" }),
  edges: z.array(Edge),
  versions: z.array(ObjectVersion),
  provenance: z.array(z.union([Provenance, z.string()])),
  applied_filters: z.array(z.string()),
  proof_trace: z.array(z.string()),
  hits: z.array(QueryHit).optional(),
});
export type QueryResult = z.infer<typeof QueryResult>;

/** One memory with everything around it: what it came from, its versions, its edges, its neighbours in the session. */
export const MemoryDetail = z.object({
  memory: Memory,
  versions: z.array(ObjectVersion),
  edges: z.array(Edge),
  states: z.array(State),
  artifacts: z.array(Artifact),
  neighbours: z
    .array(Memory)
    .meta({ description: "Messages before and after it in its session, oldest first" }),
});
export type MemoryDetail = z.infer<typeof MemoryDetail>;
