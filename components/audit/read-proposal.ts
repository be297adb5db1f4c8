import { z } from "zod";

const Op = z.looseObject({ op: z.string(), path: z.string() });

const Content = z.object({
  outcome: z.string(),
  pipelineId: z.string().nullable().default(null),
  baseVersion: z.number(),
  message: z.string(),
  rationale: z.string(),
  errors: z.array(z.string()).default([]),
  retries: z.number(),
  tokensUsed: z.number(),
  inputTokens: z.number().nullish(),
  outputTokens: z.number().nullish(),
  provider: z.string(),
  model: z.string(),
  latencyMs: z.number(),
  patch: z.array(Op),
  reason: z.string().nullish(),
  /** The version that applying made, and the part of the patch that it took. */
  version: z.number().nullish(),
  appliedPatch: z.array(Op).nullish(),
  /** The version that made it stale. */
  currentVersion: z.number().nullish(),
});

/** What the audit log keeps about one outcome of a proposal. */
export type AuditedProposal = z.infer<typeof Content>;

/** One operation of a patch as it is shown: `from` of a move or copy, else its value. */
export type ShownOp = { op: string; path: string; value: unknown };

/** Reads the content of a proposal's row; undefined for a row of another kind, or one that is erased. */
export function readProposal(row: { entityType: string; after: unknown }): AuditedProposal | undefined {
  if (row.entityType !== "pipeline_ai_proposal") return undefined;
  const read = Content.safeParse(row.after);
  return read.success ? read.data : undefined;
}

/** The operations of a patch, guards (`test`) told apart: they change nothing. */
export function shownOps(patch: AuditedProposal["patch"]): { ops: ShownOp[]; guards: number } {
  const ops = patch
    .filter(({ op }) => op !== "test")
    .map(({ op, path, from, value }) => ({ op, path, value: from === undefined ? value : { from } }));
  return { ops, guards: patch.length - ops.length };
}
