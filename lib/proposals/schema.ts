import { z } from "zod";
import { Change, Issue, PipelineIr } from "#lib/ir/schema.ts";
import { JsonPatch } from "#lib/json-patch/schema.ts";
import { limits } from "#lib/limits.ts";

const pipelineId = z.string().min(1).max(200).describe("row id or `ir.id` of the pipeline");
const proposalId = z.string().min(1).max(64).describe("id of a proposal");
const changeIds = z
  .array(z.string().min(1).max(300))
  .min(1)
  .max(1000)
  .optional()
  .describe("ids of the changes to take; all of them when absent");

/** What happened to a proposal. Only `proposed` ones can be applied or rejected. */
export const PROPOSAL_OUTCOMES = ["proposed", "failed", "error", "applied", "rejected", "stale"] as const;
export const ProposalOutcome = z.enum(PROPOSAL_OUTCOMES);
export type ProposalOutcome = z.infer<typeof ProposalOutcome>;

/** Request of `POST /api/v1/ai/pipeline-chat`. Without `pipelineId` Apply will create a pipeline. */
export const PipelineChatInput = z.strictObject({
  pipelineId: pipelineId.optional(),
  message: z
    .string()
    .trim()
    .min(1, { error: "must say what to change" })
    .max(limits.messageChars, { error: `must be at most ${limits.messageChars} characters` }),
  proposalId: proposalId.optional().describe("an open proposal that this message refines"),
  mentions: z
    .array(z.string().min(1).max(limits.mentionChars))
    .max(limits.mentions)
    .optional()
    .describe(
      "what the user pointed at: a node id, `table:<schema.table>`, `column:<node>.<field>` or `run:<run id>`",
    ),
  samples: z
    .array(z.string().min(1).max(limits.sampleChars))
    .max(limits.samples)
    .optional()
    .describe(
      "rows to look at, JSON texts if possible; shown to the model with this request alone, kept nowhere; values of fields that the pipeline masks are taken out",
    ),
});
export type PipelineChatInput = z.infer<typeof PipelineChatInput>;

/** A patch that passed all three layers. */
export const ProposalSuccess = z.strictObject({
  ok: z.literal(true),
  proposalId,
  baseVersion: z.int().min(0).describe("version the patch was made against; 0: no pipeline yet"),
  rationale: z.string(),
  patch: JsonPatch.describe("RFC 6902; empty: nothing changes"),
  resultingIr: PipelineIr,
  warnings: z.array(Issue),
  retries: z.int().min(0),
  tokensUsed: z.int().min(0),
  changes: z.array(Change).describe("the patch as changes that can be ticked one by one"),
});
export type ProposalSuccess = z.infer<typeof ProposalSuccess>;

/** Every attempt was refused by a check. */
export const ProposalFailure = z.strictObject({
  ok: z.literal(false),
  rationale: z.string(),
  errors: z.array(z.string()),
  retries: z.int().min(0),
  tokensUsed: z.int().min(0),
});
export type ProposalFailure = z.infer<typeof ProposalFailure>;

/** Answer (200) of `POST /api/v1/ai/pipeline-chat`. */
export const PipelineChatAnswer = z.discriminatedUnion("ok", [ProposalSuccess, ProposalFailure]);
export type PipelineChatAnswer = z.infer<typeof PipelineChatAnswer>;

/** Who answered, and how long it took. */
export const AnsweredBy = z.strictObject({
  provider: z.string().describe('"rules" is the built-in assistant'),
  model: z.string(),
  latencyMs: z.int().min(0),
  cost: z.number().min(0).nullable().describe("in USD; null where the prices of its tokens are not set"),
});
export type AnsweredBy = z.infer<typeof AnsweredBy>;

/** Data of a `data-attempt` part, id `attempt-<n>`: the same id is updated in place. */
export const AttemptPart = z.strictObject({
  n: z.int().min(1),
  of: z.int().min(1),
  state: z.enum(["generating", "checking", "refused", "accepted"]),
  errors: z.array(Issue).describe("why a refused attempt was refused"),
});
export type AttemptPart = z.infer<typeof AttemptPart>;

/** Data of a transient `data-partial` part: what the model has written so far. */
export const PartialPart = z.strictObject({
  n: z.int().min(1),
  rationale: z.string(),
  operations: z.array(z.strictObject({ op: z.string(), path: z.string() })),
});
export type PartialPart = z.infer<typeof PartialPart>;

/** An earlier decision about the pipeline, or a run of it that failed, that the model was told of and that is to the point. */
export const Told = z.strictObject({
  proposalId: z.string().nullable().describe("null: a failed run whose version no proposal made"),
  runId: z.string().nullable().describe("of a `failed_run` alone"),
  outcome: z.enum(["rejected", "applied", "failed_run"]),
  asked: z.string().describe("what the proposal was asked for; of a failed run, which version ran"),
  reason: z.string().nullable().describe("why it was rejected, or why the run failed"),
  at: z.iso.datetime(),
  by: z.string().describe("who asked for it: a name, else an id"),
});
export type Told = z.infer<typeof Told>;

/** Data of the `data-proposal` part: the JSON answer, who gave it, and which earlier decisions it was told of. */
export const ProposalPart = z.strictObject({
  answer: PipelineChatAnswer,
  by: AnsweredBy,
  told: z.array(Told),
});
export type ProposalPart = z.infer<typeof ProposalPart>;

/** Data of a `data-error` part: a problem that came up after the stream had begun. */
export const ErrorPart = z.strictObject({
  code: z.string(),
  detail: z.string(),
  retryAfterSeconds: z.int().optional(),
});
export type ErrorPart = z.infer<typeof ErrorPart>;

/**
 * The stream's parts by name, for `UIMessage<unknown, PipelineChatData>`; on the wire `data-attempt`, transient
 * `data-partial`, `data-proposal`, `data-error`.
 */
export type PipelineChatData = {
  attempt: AttemptPart;
  partial: PartialPart;
  proposal: ProposalPart;
  error: ErrorPart;
};

/** The same schemas for `useChat({ dataPartSchemas })`. */
export const pipelineChatDataSchemas = {
  attempt: AttemptPart,
  partial: PartialPart,
  proposal: ProposalPart,
  error: ErrorPart,
};

const summaryShape = {
  id: proposalId,
  pipelineId: z.string().nullable(),
  baseVersion: z.int(),
  message: z.string(),
  rationale: z.string(),
  outcome: ProposalOutcome,
  reason: z.string().nullable().describe("why it was rejected"),
  appliedVersion: z.int().nullable(),
  refinesId: z.string().nullable(),
  operations: z.int().describe("operations in the patch"),
  retries: z.int(),
  tokensUsed: z.int(),
  cost: z
    .number()
    .min(0)
    .nullable()
    .describe("in USD by the prices set now; null where none is set for the model that answered"),
  provider: z.string(),
  model: z.string(),
  latencyMs: z.int(),
  createdBy: z.string(),
  createdAt: z.iso.datetime(),
  decidedAt: z.iso.datetime().nullable(),
};

/** One line of `GET /api/v1/ai/pipeline-chat/proposals`. */
export const ProposalSummary = z.strictObject(summaryShape);
export type ProposalSummary = z.infer<typeof ProposalSummary>;

/** A whole proposal. `baseIr` is what the patch was made against: the left side of the diff. */
export const ProposalView = z.strictObject({
  ...summaryShape,
  patch: JsonPatch,
  baseIr: PipelineIr.nullable(),
  resultingIr: PipelineIr.nullable(),
  changes: z.array(Change),
  warnings: z.array(Issue),
  errors: z.array(z.string()),
  told: z.array(Told),
});
export type ProposalView = z.infer<typeof ProposalView>;

/** Body of `POST /api/v1/runs/{runId}/drift-proposal`. */
export const ProposeDriftBody = z.strictObject({
  added: z
    .enum(["leave_out", "take"])
    .default("leave_out")
    .describe("what becomes of columns that came and were not expected"),
});
export type ProposeDriftBody = z.infer<typeof ProposeDriftBody>;
export const ProposeDriftInput = z.strictObject({ runId: z.uuid(), ...ProposeDriftBody.shape });
export type ProposeDriftInput = z.input<typeof ProposeDriftInput>;

export const ListProposalsInput = z.strictObject({
  pipelineId: pipelineId.optional(),
  outcome: ProposalOutcome.optional().describe(
    "only those of this outcome; `proposed`: those that wait for a decision, answers that change nothing left out",
  ),
  limit: z.coerce.number().int().min(1).max(limits.pageSize).default(limits.pageSizeDefault),
  cursor: z.string().min(1).max(200).optional(),
});
export type ListProposalsInput = z.infer<typeof ListProposalsInput>;

export const ProposalPage = z.strictObject({
  data: z.array(ProposalSummary),
  pagination: z.strictObject({
    total: z.int(),
    hasMore: z.boolean(),
    limit: z.int(),
    cursor: z.string().nullable(),
  }),
});
export type ProposalPage = z.infer<typeof ProposalPage>;

export const ProposalParams = z.strictObject({ id: proposalId });

/** Body of `POST …/proposals/{id}/apply`. */
export const ApplyProposalBody = z.strictObject({ changes: changeIds });
export type ApplyProposalBody = z.infer<typeof ApplyProposalBody>;
export const ApplyProposalInput = z.strictObject({ id: proposalId, changes: changeIds });
export type ApplyProposalInput = z.infer<typeof ApplyProposalInput>;

/** The version that Apply made; the same answer again when the proposal was applied before. */
export const AppliedProposal = z.strictObject({
  proposalId,
  pipelineId: z.string(),
  name: z.string(),
  version: z.int(),
  executable: z.boolean(),
});
export type AppliedProposal = z.infer<typeof AppliedProposal>;

/** Further members of the 409 `stale_proposal` problem: what is current, and the patch re-made if it still fits. */
export const StaleProposal = z.strictObject({
  currentVersion: z.int(),
  rebased: ProposalView.nullable(),
});
export type StaleProposal = z.infer<typeof StaleProposal>;

const reason = z.string().trim().min(1, { error: "must say why" }).max(2000);

/** Body of `POST …/proposals/{id}/reject`. */
export const RejectProposalBody = z.strictObject({ reason });
export type RejectProposalBody = z.infer<typeof RejectProposalBody>;
export const RejectProposalInput = z.strictObject({ id: proposalId, reason });
export type RejectProposalInput = z.infer<typeof RejectProposalInput>;

/** Body of `POST /api/v1/ai/pipeline-chat/feedback` (204). */
export const FeedbackInput = z.strictObject({
  pipelineId: pipelineId.optional(),
  rationale: z.string().max(20_000),
  patch: JsonPatch,
  reason,
  proposalId: proposalId.optional(),
});
export type FeedbackInput = z.infer<typeof FeedbackInput>;

/** Body of `POST …/proposals/{id}/preview`; the answer is the runtime's. */
export const PreviewProposalBody = z.strictObject({
  changes: changeIds,
  rows: z
    .int()
    .min(1)
    .max(limits.previewRows)
    .optional()
    .describe("rows sampled of each source; default: the most"),
});
export type PreviewProposalBody = z.infer<typeof PreviewProposalBody>;
export const PreviewProposalInput = z.strictObject({ id: proposalId, ...PreviewProposalBody.shape });
export type PreviewProposalInput = z.infer<typeof PreviewProposalInput>;
