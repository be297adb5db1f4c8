import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { limits } from "#lib/limits.ts";
import { type DocumentFormat, formatOfFile } from "#lib/parse-document.ts";
import { UsageError } from "./exit.ts";

/** A pipeline's file that was read. `name` is its last part. */
export type ReadFile = { file: string; name: string; text: string; format: DocumentFormat };

/**
 * Reads a pipeline's file.
 * @throws UsageError if it is not there, is too large, is not UTF-8, or has another extension.
 */
export function readPipelineFile(file: string): ReadFile {
  const format = formatOfFile(file);
  if (!format) throw new UsageError(`${file}: a pipeline's file ends in .yaml, .yml or .json`);
  try {
    const { size } = statSync(file);
    if (size > limits.bodyBytes) throw new UsageError(`${file}: has more than ${limits.bodyBytes} bytes`);
    const text = new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(file));
    return { file, name: path.basename(file), text, format };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT") throw new UsageError(`${file}: there is no such file`);
    throw new UsageError(`${file}: cannot be read${code ? ` (${code})` : ""}`);
  }
}
