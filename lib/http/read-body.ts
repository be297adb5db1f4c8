import { AppError, isAppError } from "#lib/errors.ts";
import { limits } from "#lib/limits.ts";
import { parseJson } from "#lib/parse-json.ts";

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
  return parseJson(text, limits.bodyDepth);
}

/**
 * Reads a body within a limit.
 * @throws AppError `too_large`, or `bad_request` if the body ends too early.
 */
export async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array> {
  const tooLarge = () => new AppError("too_large", `The body may have at most ${maxBytes} bytes.`);
  const declared = request.headers.get("content-length");
  if (Number(declared ?? 0) > maxBytes) throw tooLarge();
  try {
    // A body of known length needs no stream around it; without one, it is counted as it comes.
    if (declared === null) return await readStream(request, maxBytes, tooLarge);
    const bytes = new Uint8Array(await request.arrayBuffer());
    if (bytes.length > maxBytes) throw tooLarge();
    return bytes;
  } catch (error) {
    if (isAppError(error)) throw error;
    throw new AppError("bad_request", "The body ended before it was complete.", { cause: error });
  }
}

async function readStream(request: Request, maxBytes: number, tooLarge: () => AppError): Promise<Uint8Array> {
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
