import { AppError } from "#lib/errors.ts";
import { limits } from "#lib/limits.ts";
import { checkJson } from "./check-json.ts";

/**
 * Reads a JSON body within the limits. An empty body is `{}`.
 * @throws AppError `too_large`, `unsupported_media_type` or `malformed_json`.
 */
export async function readJsonBody(request: Request, maxBytes: number = limits.bodyBytes): Promise<unknown> {
  const bytes = await readBytes(request, maxBytes);
  if (bytes.length === 0) return {};
  const type = (request.headers.get("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  if (type !== "application/json" && !type.endsWith("+json"))
    throw new AppError("unsupported_media_type", "Send the body as application/json.");
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new AppError("malformed_json", "The body is not valid UTF-8.");
  }
  return parseJson(text);
}

/** @throws AppError `malformed_json`, also for what JSON allows and we do not (see {@link checkJson}). */
function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0] : "";
    throw new AppError("malformed_json", `The body is not valid JSON: ${reason?.slice(0, 200)}`);
  }
  const issue = checkJson(text, limits.bodyDepth);
  if (issue) throw new AppError("malformed_json", issue.message, { issues: [issue] });
  return value;
}

async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array> {
  const tooLarge = () => new AppError("too_large", `The body may have at most ${maxBytes} bytes.`);
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) throw tooLarge();
  if (!request.body) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body) {
    size += chunk.byteLength;
    if (size > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
