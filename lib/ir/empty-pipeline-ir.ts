import type { PipelineIr } from "./document.ts";

/** A pipeline with nothing in it yet: what a first proposal is made against. */
export function emptyPipelineIr(id = "new-pipeline", name = "New pipeline"): PipelineIr {
  return { kind: "pipeline", version: "1.0", id, metadata: { name }, nodes: [] };
}
