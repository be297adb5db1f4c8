import { Document } from "yaml";
import { canonical, canonicalText } from "#lib/ir/index.ts";
import type { PipelineIr } from "#lib/ir/schema.ts";

/** A pipeline's version as JSON text, in canonical order. */
export function pipelineJson(ir: PipelineIr): string {
  return `${canonicalText(ir)}\n`;
}

/**
 * A pipeline's version as YAML 1.2: block style, canonical order, what it is on top. Texts that an older reader would
 * take for something else (`no`, `12:30`) are quoted.
 */
export function pipelineYaml(ir: PipelineIr, version: number): string {
  const document = new Document(canonical(ir), {
    version: "1.2",
    schema: "core",
    compat: "yaml-1.1",
    aliasDuplicateObjects: false,
  });
  document.commentBefore = ` Penstock pipeline: ${ir.id}\n Version: ${version}`;
  return document.toString({ lineWidth: 0 });
}
