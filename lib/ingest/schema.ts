import { z } from "zod";
import { limits } from "#lib/limits.ts";

export {
  AgentInput,
  ArtifactInput,
  EdgeInput,
  MemoryInput,
  PolicyInput,
  SessionInput,
  ShareContractInput,
  StateInput,
} from "./object-input.ts";

/** agent_ids that only the product itself writes under. */
export const OWN_AGENTS = ["setup-agent", "pipeline-assistant"] as const;

/** The event type under which `POST /v1/agents` and its seven siblings are logged. */
export const OBJECT_UPSERTED = "object_upserted";

/** An event as the log keeps it and the tail tells it. Times are RFC 3339 in UTC. */
export const StoredEvent = z.object({
  lsn: z.int(),
  event_id: z.string(),
  tenant_id: z.string(),
  workspace_id: z.string(),
  agent_id: z.string(),
  session_id: z.string(),
  event_type: z.string(),
  event_time: z.string().nullable(),
  ingest_time: z.string(),
  visible_time: z.string().nullable(),
  logical_ts: z.int(),
  parent_event_id: z.string(),
  causal_refs: z.array(z.string()),
  payload: z.record(z.string(), z.unknown()),
  source: z.string(),
  importance: z.number(),
  visibility: z.string(),
  version: z.int(),
  /** On a tombstone alone. */
  erased: z.object({ at: z.string(), reason: z.string() }).optional(),
});
export type StoredEvent = z.infer<typeof StoredEvent>;

/** A field that was not given, and what was done. */
export const Warning = z.object({
  code: z.string(),
  path: z.string(),
  message: z.string(),
  hint: z.string().optional(),
});
export type Warning = z.infer<typeof Warning>;

/** What an accepted event became. */
export const Ack = z.object({
  status: z.literal("accepted"),
  lsn: z.int(),
  event_id: z.string(),
  memory_id: z.string().optional().meta({ description: "Absent where the event writes an object" }),
  edges: z.int(),
  state_id: z.string().optional(),
  artifact_id: z.string().optional(),
  warnings: z.array(Warning).optional(),
});
export type Ack = z.infer<typeof Ack>;

/** What the write of an object became. */
export const ObjectAck = Ack.extend({ object_type: z.string(), object_id: z.string() });
export type ObjectAck = z.infer<typeof ObjectAck>;

/** An event as callers send it; it is read by `read-event.ts`, which names every field that is wrong. */
export const EventInput = z.object({
  event_id: z.string().min(1).max(limits.idChars),
  tenant_id: z.string().optional(),
  workspace_id: z.string().optional(),
  agent_id: z.string().optional(),
  session_id: z.string().optional(),
  event_type: z.string().optional(),
  event_time: z.iso.datetime({ offset: true }).optional(),
  ingest_time: z.iso.datetime({ offset: true }).optional(),
  visible_time: z.iso.datetime({ offset: true }).optional(),
  logical_ts: z.int().min(0).optional(),
  parent_event_id: z.string().optional(),
  causal_refs: z.array(z.string()).max(limits.causalRefs).optional(),
  payload: z.record(z.string(), z.unknown()).optional(),
  source: z.string().optional(),
  importance: z.number().optional(),
  visibility: z.string().optional(),
  version: z.int().min(0).optional(),
});

/** A refused event of a batch: the problem it would have been alone. */
export const BatchProblem = z.object({
  status: z.int(),
  code: z.string(),
  error: z.string().meta({ description: "Always equal to `code`" }),
  detail: z.string(),
  issues: z.array(Warning).optional(),
});

/** One line of a batch's answer. */
export const BatchResult = z.intersection(
  z.object({
    index: z.int(),
    replayed: z.boolean().optional().meta({ description: "The same event had been taken before" }),
  }),
  z.union([Ack, BatchProblem]),
);
export type BatchResult = z.infer<typeof BatchResult>;

/** Answer to a batch. */
export const BatchAnswer = z.object({
  results: z.array(BatchResult),
  accepted: z.int(),
  failed: z.int(),
});
export type BatchAnswer = z.infer<typeof BatchAnswer>;

/** Query of the tail. */
export const TailQuery = z.object({
  from_lsn: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional().meta({
    description: "Events after this LSN; without it the newest",
  }),
  limit: z.coerce.number().int().min(1).max(limits.tailPage).default(limits.pageSizeDefault),
  agent_id: z.string().max(limits.idChars).optional(),
  session_id: z.string().max(limits.idChars).optional(),
  event_type: z.string().max(limits.idChars).optional(),
});
export type TailQuery = z.infer<typeof TailQuery>;

/** A page of the tail, in LSN order. Send `next_lsn` as `from_lsn` to go on. */
export const TailPage = z.object({
  events: z.array(StoredEvent),
  next_lsn: z.int(),
  head_lsn: z.int().meta({ description: "The newest LSN of the tenant" }),
});
export type TailPage = z.infer<typeof TailPage>;

/** Events by the minute or hour of their ingest time. */
export const VolumeQuery = z.object({
  hours: z.coerce
    .number()
    .int()
    .min(1)
    .max(24 * 31)
    .default(24),
});
export const Volume = z.object({
  bucket: z.enum(["minute", "hour"]),
  points: z.array(z.object({ at: z.string(), events: z.int() })),
});
export type Volume = z.infer<typeof Volume>;

/** Why something is erased; kept on its tombstone. */
export const ErasureReason = z.object({
  reason: z.string().trim().min(1).max(500).default("erased on request"),
});
/** What an erasure removed. */
export const Erasure = z.object({
  events: z.int(),
  memories: z.int(),
  lsns: z.array(z.int()).meta({ description: "The first thousand" }),
});
export type Erasure = z.infer<typeof Erasure>;

/** Body of `POST /v1/admin/replay`. */
export const ReplayInput = z.object({
  from_lsn: z.int().min(0).default(0),
  limit: z.int().min(1).max(Number.MAX_SAFE_INTEGER).optional(),
  dry_run: z.boolean().default(true),
  apply: z.boolean().default(false),
  confirm: z.string().max(100).optional(),
});
export type ReplayInput = z.infer<typeof ReplayInput>;

/** One derived table against what the log says it should hold. */
export const TableVerdict = z.object({
  table: z.string(),
  rows: z.int(),
  expected_rows: z.int(),
  hash: z.string(),
  expected_hash: z.string(),
  missing: z.int(),
  extra: z.int(),
  different: z.int(),
  repaired: z.int(),
});
export type TableVerdict = z.infer<typeof TableVerdict>;

/** What a replay found, and mended if it was told to. */
export const ReplayResult = z.object({
  applied: z.boolean(),
  intact: z.boolean(),
  events: z.int(),
  from_lsn: z.int(),
  to_lsn: z.int(),
  tables: z.array(TableVerdict),
});
export type ReplayResult = z.infer<typeof ReplayResult>;

/** What this deployment is made of, as far as events are concerned. */
export const Topology = z.object({
  engine: z.enum(["embedded", "postgresql"]),
  engine_version: z.string(),
  node: z
    .object({ version: z.string(), started_at: z.string() })
    .meta({ description: "The process that answered; any number may run on one PostgreSQL" }),
  doors: z.array(z.object({ path: z.string(), served_by: z.string() })),
  head_lsn: z.int().meta({ description: "The newest LSN of the tenant" }),
  derived_tables: z.array(z.string()),
  limits: z.record(z.string(), z.int()),
});
export type Topology = z.infer<typeof Topology>;

/** What the tenant's rows take: counts are exact, bytes are the rows' own, estimated from a sample. */
export const Storage = z.object({
  tables: z.array(z.object({ table: z.string(), rows: z.int(), bytes: z.int() })),
  rows: z.int(),
  bytes: z.int(),
});
export type Storage = z.infer<typeof Storage>;
