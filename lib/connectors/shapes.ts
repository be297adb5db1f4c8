import { z } from "zod";
import { FileSourceConfig } from "#lib/ir/schema.ts";

/** What a connection is tried for, in order. Of files, `database` is the bucket or folder and `privileges` its listing. */
export const STAGES = [
  "resolve",
  "connect",
  "tls",
  "authenticate",
  "database",
  "privileges",
  "first_row",
] as const;
export const Stage = z.enum(STAGES);
export type Stage = z.infer<typeof Stage>;

/** One stage that was reached. `message` says what was found; `ms` how long it took. */
export const StageReport = z.object({
  stage: Stage,
  ok: z.boolean(),
  message: z.string(),
  field: z.string().optional().meta({ description: "The field to fix" }),
  ms: z.int(),
});
export type StageReport = z.infer<typeof StageReport>;

/** Why a check stopped. */
export const CheckFailure = z.object({
  stage: Stage,
  code: z.string().meta({ description: "Stable, such as `wrong_password`" }),
  field: z.string().optional(),
  message: z.string(),
  fix: z.string().meta({ description: "What to do next" }),
});
export type CheckFailure = z.infer<typeof CheckFailure>;

/** What came of trying a connection. */
export const CheckResult = z.object({
  ok: z.boolean(),
  stages: z.array(StageReport),
  failure: CheckFailure.optional(),
});
export type CheckResult = z.infer<typeof CheckResult>;

/** A column as a source has it. */
export const StreamColumn = z.object({
  name: z.string(),
  type: z.string().meta({ description: "As in an IR" }),
  sourceType: z.string().optional().meta({ description: "As the source calls it" }),
  nullable: z.boolean().optional(),
  note: z.string().optional().meta({ description: "What the mapping changes or loses, if anything" }),
});
export type StreamColumn = z.infer<typeof StreamColumn>;

export const SYNC_MODES = ["full_refresh", "incremental"] as const;
export const SyncMode = z.enum(SYNC_MODES);
export type SyncMode = z.infer<typeof SyncMode>;

/** One table or set of files that a source offers. */
export const Stream = z.object({
  name: z.string().meta({ description: "`schema.table`, or a folder and a pattern such as `orders/*.csv`" }),
  kind: z.enum(["table", "view", "files"]),
  columns: z.array(StreamColumn),
  primaryKey: z.array(z.string()),
  rowEstimate: z.number().nullable(),
  bytes: z.number().nullable(),
  syncModes: z.array(SyncMode),
  cursorFields: z.array(z.string()).meta({ description: "Columns that can tell what is new, best first" }),
  files: FileSourceConfig.optional().meta({ description: "Of files: what a source node is set to" }),
  note: z.string().optional().meta({ description: "Why it cannot be read, or what to know about it" }),
});
export type Stream = z.infer<typeof Stream>;

/** A page of what a source offers. Of an empty one, what was asked for and why nothing may be there. */
export const StreamPage = z.object({
  streams: z.array(Stream),
  nextCursor: z.string().nullable(),
  total: z.number().nullable(),
  query: z.string().optional(),
  causes: z.array(z.string()).optional(),
});
export type StreamPage = z.infer<typeof StreamPage>;

/** The first rows of a stream, as text; null is NULL. */
export const StreamPreview = z.object({
  columns: z.array(StreamColumn),
  rows: z.array(z.array(z.string().nullable())),
});
export type StreamPreview = z.infer<typeof StreamPreview>;
