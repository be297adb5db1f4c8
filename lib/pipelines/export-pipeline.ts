import type { Ctx } from "#lib/context.ts";
import { AppError } from "#lib/errors.ts";
import { limits } from "#lib/limits.ts";
import { loadVersion } from "./load-version.ts";
import { pipelineJson, pipelineYaml } from "./pipeline-file.ts";
import type { ExportQuery } from "./schema.ts";

/** A pipeline's version as a file. */
export type PipelineFile = { name: string; mediaType: string; text: string; version: number };

/**
 * A version as a file that an import takes back unchanged.
 * @throws AppError `pipeline_not_found`, `not_found`; `too_large` if it would be too long to be read as YAML.
 */
export async function exportPipeline({
  ctx,
  input: { id, format, version: asked },
}: {
  ctx: Ctx;
  input: ExportQuery & { id: string };
}): Promise<PipelineFile> {
  const { ir, slug, version } = await loadVersion({ ctx, pipeline: id, version: asked });
  if (format === "json")
    return { name: `${slug}.json`, mediaType: "application/json", text: pipelineJson(ir), version };
  const text = pipelineYaml(ir, version);
  const bytes = Buffer.byteLength(text);
  if (bytes > limits.yamlBytes)
    throw new AppError(
      "too_large",
      `As YAML it would have ${bytes} bytes, more than the ${limits.yamlBytes} that are read again; export it as JSON`,
    );
  return { name: `${slug}.yaml`, mediaType: "application/yaml", text, version };
}
