import { z } from "zod";
import { PipelineIr } from "./document.ts";

let schema: Record<string, unknown> | undefined;

/** The JSON Schema (draft 2020-12) of the document, with descriptions; for editors. It covers check 1 alone. */
export function irJsonSchema(): Record<string, unknown> {
  schema ??= {
    title: "Pipeline IR 1.0",
    ...(z.toJSONSchema(PipelineIr, { target: "draft-2020-12", io: "input" }) as Record<string, unknown>),
  };
  return structuredClone(schema);
}
