import { z } from "zod";
import { limits } from "#lib/limits.ts";
import { Instant, type ObjectType } from "#lib/memory/schema.ts";
import { readInstant } from "./instant.ts";

const UTF8 = new TextEncoder();
const objectId = z
  .string()
  .min(1)
  .refine((text) => UTF8.encode(text).length <= limits.objectIdBytes, {
    error: `At most ${limits.objectIdBytes} bytes`,
  });
const id = z.string().max(limits.idChars).optional();
const reference = objectId.or(z.literal("")).optional();
const text = z.string().optional();
const number = z.number().optional();
const version = z.int().min(0).optional();
const instant = Instant.transform((value, ctx) => {
  const read = readInstant(value);
  if (read !== undefined) return read;
  ctx.addIssue({ code: "custom", message: "Expected a time in the years 1 to 9999" });
  return z.NEVER;
});
const time = instant.nullable().optional();

/** What a caller may write of an object; what it leaves out is filled in from the event that carries it. */
export const MemoryInput = z.object({
  memory_id: objectId,
  memory_type: id,
  agent_id: id,
  session_id: id,
  workspace_id: id,
  scope: id,
  level: z.int().min(0).max(1_000).optional(),
  content: text,
  summary: text,
  source_event_ids: z.array(z.string().max(limits.idChars)).max(limits.causalRefs).optional(),
  provenance_ref: reference,
  confidence: number,
  importance: number,
  freshness_score: number,
  visibility: id,
  visible_time: time,
  valid_from: time,
  valid_to: time,
  version,
  is_active: z.boolean().optional(),
});
export const EdgeInput = z.object({
  edge_id: objectId,
  edge_type: id,
  src_object_id: objectId,
  src_type: id,
  dst_object_id: objectId,
  dst_type: id,
  weight: number,
  provenance_ref: reference,
  created_ts: time,
});
export const StateInput = z.object({
  state_id: objectId,
  state_type: id,
  state_key: id,
  state_value: text,
  agent_id: id,
  session_id: id,
  derived_from_event_id: reference,
  checkpoint_ts: time,
  version,
});
export const ArtifactInput = z.object({
  artifact_id: objectId,
  artifact_type: id,
  uri: text,
  mime_type: text,
  name: text,
  session_id: id,
  owner_agent_id: id,
  produced_by_event_id: reference,
  metadata: z.record(z.string(), z.unknown()).optional(),
  version,
});
/** The four kinds that are kept as they were written, with whatever else they hold. */
export const AgentInput = z.looseObject({
  agent_id: z.string().min(1).max(limits.idChars),
  workspace_id: id,
});
export const SessionInput = z.looseObject({
  session_id: z.string().min(1).max(limits.idChars),
  agent_id: id,
  workspace_id: id,
});
export const PolicyInput = z.looseObject({ policy_id: objectId, agent_id: id, workspace_id: id });
export const ShareContractInput = z.looseObject({ contract_id: objectId, agent_id: id, workspace_id: id });

/** The shape of each kind of object, as a caller writes it. */
export const OBJECT_INPUTS = {
  memory: MemoryInput,
  edge: EdgeInput,
  state: StateInput,
  artifact: ArtifactInput,
  agent: AgentInput,
  session: SessionInput,
  policy: PolicyInput,
  share_contract: ShareContractInput,
} as const satisfies Record<ObjectType, z.ZodType>;

/** The field that names the object of each kind. */
export const ID_FIELDS = {
  memory: "memory_id",
  edge: "edge_id",
  state: "state_id",
  artifact: "artifact_id",
  agent: "agent_id",
  session: "session_id",
  policy: "policy_id",
  share_contract: "contract_id",
} as const satisfies Record<ObjectType, string>;

/** The field that says whose the object is; an edge is nobody's. */
export const OWNER_FIELDS: Readonly<Record<ObjectType, string | undefined>> = {
  memory: "agent_id",
  edge: undefined,
  state: "agent_id",
  artifact: "owner_agent_id",
  agent: "agent_id",
  session: "agent_id",
  policy: "agent_id",
  share_contract: "agent_id",
};
