import { z } from "zod";
import { Change, Issue, PipelineIr } from "#lib/ir/schema.ts";
import { limits } from "#lib/limits.ts";

/** How a version came to be. */
export const VERSION_ORIGINS = ["created", "edited", "applied", "restored"] as const;
export type VersionOrigin = (typeof VERSION_ORIGINS)[number];

/** A pipeline is named in a path by its uuid or by its slug (`ir.id`). */
export const PipelineParams = z.object({
  id: z.string().min(1).max(128).describe("uuid of the pipeline, or its slug (`ir.id`)"),
});
export type PipelineParams = z.infer<typeof PipelineParams>;

/** A pipeline and one of its versions. */
export const VersionParams = PipelineParams.extend({
  version: z.coerce.number().int().min(1).max(1_000_000),
});
export type VersionParams = z.infer<typeof VersionParams>;

/** Page of a list: how many, and where to go on. */
export const PageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(limits.pageSize).default(limits.pageSizeDefault),
  cursor: z.string().max(512).optional().describe("`pagination.cursor` of the page before"),
});
export type PageQuery = z.infer<typeof PageQuery>;

/** Where a page stands in its list. `total` counts all pages. */
export const Pagination = z.object({
  total: z.int(),
  hasMore: z.boolean(),
  limit: z.int(),
  cursor: z.string().nullable().describe("send it back for the next page; null on the last one"),
});
export type Pagination = z.infer<typeof Pagination>;

/** Query of the list of pipelines. */
export const ListPipelinesQuery = PageQuery.extend({
  q: z.string().trim().max(200).optional().describe("part of the name or slug"),
});
export type ListPipelinesQuery = z.infer<typeof ListPipelinesQuery>;

/** An IR as it arrives: `parsePipelineIR` says what is wrong with it. */
export const IrDocument = z
  .record(z.string(), z.unknown())
  .describe("pipeline IR 1.0, see /api/v1/pipelines/ir-schema");

/** Body of `POST /api/v1/pipelines`. `name`, if given, becomes `ir.metadata.name`. */
export const CreatePipelineInput = z.strictObject({
  name: z.string().trim().min(1).max(200).optional(),
  irVersion: z.literal("1.0", { error: 'must be "1.0", the only version of the IR' }),
  ir: IrDocument,
  note: z.string().trim().max(1000).optional(),
});
export type CreatePipelineInput = z.infer<typeof CreatePipelineInput>;

/** Body of `POST /api/v1/pipelines/{id}/ir`. Instead of `baseVersion`, `If-Match: "3"` may be sent. */
export const SaveIrInput = z.strictObject({
  ir: IrDocument,
  irVersion: z.literal("1.0").optional(),
  baseVersion: z.int().min(1).optional().describe("the version that was edited"),
  note: z.string().trim().max(1000).optional(),
});
export type SaveIrInput = z.infer<typeof SaveIrInput>;

/**
 * A version that was saved. A draft is `executable: false` and `warnings` then says what is missing before it can run;
 * `id` is the pipeline's.
 */
export const SavedVersion = z.object({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  version: z.int(),
  executable: z.boolean(),
  warnings: z.array(Issue),
});
export type SavedVersion = z.infer<typeof SavedVersion>;

/** A pipeline without its document. */
export const PipelineSummary = z.object({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  version: z.int(),
  executable: z.boolean(),
  description: z.string().nullable(),
  tags: z.array(z.string()),
  createdBy: z.string(),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type PipelineSummary = z.infer<typeof PipelineSummary>;

/** Answer of `GET /api/v1/pipelines/{id}/ir`; its ETag is the version. */
export const PipelineIrAnswer = z.object({
  id: z.string(),
  slug: z.string(),
  version: z.int(),
  executable: z.boolean(),
  ir: PipelineIr,
});
export type PipelineIrAnswer = z.infer<typeof PipelineIrAnswer>;

/** One version: who saved it, how, when, and what it changed. */
export const VersionSummary = z.object({
  version: z.int(),
  origin: z.enum(VERSION_ORIGINS),
  executable: z.boolean(),
  current: z.boolean(),
  note: z.string().nullable(),
  proposalId: z.string().nullable(),
  createdBy: z.string(),
  createdByName: z.string().nullable(),
  createdAt: z.string(),
  changes: z.array(z.string()).describe("in words, against the version before"),
});
export type VersionSummary = z.infer<typeof VersionSummary>;

/** Versions of a pipeline, newest first. */
export const VersionList = z.object({ data: z.array(VersionSummary), pagination: Pagination });
export type VersionList = z.infer<typeof VersionList>;

/** One version with its document and its changes against the one before. */
export const VersionDetail = VersionSummary.omit({ changes: true }).extend({
  ir: PipelineIr,
  changes: z.array(Change),
});
export type VersionDetail = z.infer<typeof VersionDetail>;

/** Body of `POST …/versions/{version}/restore`. */
export const RestoreVersionInput = z.strictObject({
  baseVersion: z.int().min(1).optional().describe("refuse if someone saved a newer version than this"),
  note: z.string().trim().max(1000).optional(),
});
export type RestoreVersionInput = z.infer<typeof RestoreVersionInput>;

/** Body of `POST /api/v1/pipelines/validate`. With `pipelineId`, `changes` compares with its current version. */
export const ValidateInput = z.strictObject({
  ir: z.unknown(),
  strength: z.enum(["saved", "executable"]).default("executable"),
  pipelineId: z.string().min(1).max(128).optional(),
});
export type ValidateInput = z.infer<typeof ValidateInput>;

/** What `parsePipelineIR` found. `ok` is false if there is any issue; nothing is stored. */
export const ValidateAnswer = z.object({
  ok: z.boolean(),
  ir: PipelineIr.optional(),
  issues: z.array(Issue),
  warnings: z.array(Issue),
  changes: z.array(Change).optional(),
});
export type ValidateAnswer = z.infer<typeof ValidateAnswer>;

/** How a pipeline is written in a file. */
const FileFormat = z.enum(["json", "yaml"]);

/** Query of `GET /api/v1/pipelines/{id}/export`. */
export const ExportQuery = z.object({
  format: FileFormat.default("yaml"),
  version: z.coerce.number().int().min(1).max(1_000_000).optional().describe("the current one unless named"),
});
export type ExportQuery = z.infer<typeof ExportQuery>;

/** Query of `POST /api/v1/pipelines/import`. */
export const ImportQuery = z.object({
  dryRun: z.enum(["true", "false"]).default("false").describe("tell what would change, and change nothing"),
  filename: z
    .string()
    .trim()
    .max(255)
    .optional()
    .describe("its extension (.yaml, .yml, .json) tells the format where Content-Type does not"),
  baseVersion: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .optional()
    .describe("refuse if the pipeline's current version is another"),
  note: z.string().trim().max(1000).optional(),
});
export type ImportQuery = z.infer<typeof ImportQuery>;

/** A finding with its place in the file, counted from 1, where that is known. */
export const LocatedIssue = Issue.extend({ line: z.int().optional(), column: z.int().optional() });
export type LocatedIssue = z.infer<typeof LocatedIssue>;

/**
 * What an import did, or would do. `invalid` is told only by a dry run; otherwise it is a refusal. `version` is the one
 * that stands after it, `before` the one that stood (null for a new pipeline).
 */
export const ImportAnswer = z.object({
  result: z.enum(["created", "updated", "unchanged", "invalid"]),
  dryRun: z.boolean(),
  slug: z.string().nullable(),
  name: z.string().nullable(),
  version: z.int().nullable(),
  before: z.int().nullable(),
  executable: z.boolean(),
  issues: z.array(LocatedIssue),
  warnings: z.array(LocatedIssue).describe("of a draft: what keeps it from running"),
  changes: z.array(Change),
  ir: PipelineIr.optional().describe("the document as it was understood"),
});
export type ImportAnswer = z.infer<typeof ImportAnswer>;
