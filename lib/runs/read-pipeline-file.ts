import { AppError } from "#lib/errors.ts";
import { type DocumentFormat, formatOfFile } from "#lib/parse-document.ts";

const YAML = /^(application|text)\/(x-)?yaml$|\+yaml$/;

/**
 * The text of a file that was sent, and how it is written: as its media type says, or else its name.
 * @throws AppError `unsupported_media_type`; `bad_request` if it is not UTF-8.
 */
export function readPipelineFile({
  bytes,
  contentType,
  filename,
}: {
  bytes: Uint8Array;
  contentType: string | null;
  filename?: string;
}): { text: string; format: DocumentFormat } {
  const type = (contentType ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  const format = formatOf(type) ?? formatOfFile(filename ?? "");
  if (!format)
    throw new AppError(
      "unsupported_media_type",
      "Send the file as application/yaml or application/json, or with filename= and its extension.",
    );
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), format };
  } catch {
    throw new AppError("bad_request", "The file is not valid UTF-8.");
  }
}

function formatOf(type: string): DocumentFormat | undefined {
  if (YAML.test(type)) return "yaml";
  return type === "application/json" || type.endsWith("+json") ? "json" : undefined;
}
