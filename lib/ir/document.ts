import { z } from "zod";
import { limits } from "#lib/limits.ts";
import { ArchiveNode } from "./nodes/archive.ts";
import { BranchNode } from "./nodes/branch.ts";
import { EnrichNode } from "./nodes/enrich.ts";
import { JoinNode } from "./nodes/join.ts";
import { SourceNode } from "./nodes/source.ts";
import { TargetNode } from "./nodes/target.ts";
import { TransformNode } from "./nodes/transform.ts";
import { ValidateNode } from "./nodes/validate.ts";
import { Id } from "./primitives.ts";
import { Schedule } from "./schedule-schema.ts";

/** One node of a pipeline, told apart by `kind`. */
export const IrNode = z.discriminatedUnion("kind", [
  SourceNode,
  TransformNode,
  ValidateNode,
  TargetNode,
  BranchNode,
  JoinNode,
  EnrichNode,
  ArchiveNode,
]);
export type IrNode = z.infer<typeof IrNode>;
export type NodeKind = IrNode["kind"];

export const Metadata = z.strictObject({
  name: z.string().min(1, { error: "must not be empty" }).max(200),
  owner: z.string().max(200).optional(),
  tags: z.array(z.string().min(1).max(64)).max(50).optional(),
  description: z.string().max(4000).optional(),
});

export const ErrorHandling = z.strictObject({
  dlq: z.strictObject({ enabled: z.boolean() }).optional().describe("keep rejected rows; default true"),
  retry: z
    .strictObject({
      maxAttempts: z.int().min(1, { error: "must be 1 to 10" }).max(10, { error: "must be 1 to 10" }),
      backoff: z.enum(["fixed", "exponential"]).optional().describe("default exponential"),
    })
    .optional(),
});
export type ErrorHandling = z.infer<typeof ErrorHandling>;

/** The pipeline document, version 1.0. Use `parsePipelineIR`: this schema is only its first check. */
export const PipelineIr = z.strictObject({
  kind: z.literal("pipeline"),
  version: z.literal("1.0"),
  id: Id.describe("slug, unique in the tenant"),
  metadata: Metadata,
  schedule: Schedule.optional(),
  nodes: z.array(IrNode).max(limits.irNodes, { error: `must hold at most ${limits.irNodes} nodes` }),
  errorHandling: ErrorHandling.optional(),
});
export type PipelineIr = z.infer<typeof PipelineIr>;
