import { type KeyObject, randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

/** The one bucket that there is. */
export const BUCKET = "penstock-exports";

/** An object. */
export type Stored = { content: Buffer; generation: string; updated: Date; contentEncoding?: string };
/** Everything that the server knows. */
export type State = {
  objects: Map<string, Stored>;
  /** With what each is for. */
  tokens: Map<string, string>;
  /** Uploads under way: what has arrived of each. */
  uploads: Map<string, { name: string; parts: Buffer[] }>;
  given: number;
  pages: number;
  list: boolean;
  read: boolean;
  ahead: number;
  publicKey: KeyObject;
  url: string;
};

let generations = 1_700_000_000_000_000;

/** Puts an object there, as a new generation. */
export function store(state: State, name: string, content: Buffer, contentEncoding?: string): void {
  generations += 1_000;
  state.objects.set(name, { content, generation: String(generations), updated: new Date(), contentEncoding });
}

/** Copies by the store, in two steps as of large objects; resumable uploads; deletions of one generation. */
export async function change(
  state: State,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const parts: Buffer[] = [];
  for await (const chunk of request) parts.push(chunk);
  const body = Buffer.concat(parts);
  const asked = url.searchParams;
  const taken = (name: string) => asked.get("ifGenerationMatch") === "0" && state.objects.has(name);
  const [, from, to] =
    /^\/storage\/v1\/b\/[^/]+\/o\/([^/]+)(?:\/rewriteTo\/b\/[^/]+\/o\/([^/]+))?$/.exec(url.pathname) ?? [];
  if (request.method === "POST" && url.pathname === `/upload/storage/v1/b/${BUCKET}/o`) {
    const name = asked.get("name") ?? "";
    if (asked.get("uploadType") !== "resumable") return refuse(response, 400, "Only resumable uploads");
    if (taken(name)) return refuse(response, 412, "conditionNotMet");
    const id = randomBytes(8).toString("hex");
    state.uploads.set(id, { name, parts: [] });
    response.writeHead(200, { location: `http://${request.headers.host}/session/${id}?${asked}` }).end();
    return;
  }
  if (request.method === "PUT") return takePart(state, url, request, body, response, taken);
  if (from === undefined) return refuse(response, 404, "Not Found");
  const source = decodeURIComponent(from);
  const stored = state.objects.get(source);
  if (!stored) return refuse(response, 404, `No such object: ${BUCKET}/${source}`);
  if (request.method === "DELETE") {
    const wanted = asked.get("ifGenerationMatch");
    if (wanted !== null && wanted !== stored.generation) return refuse(response, 412, "conditionNotMet");
    state.objects.delete(source);
    response.writeHead(204).end();
    return;
  }
  if (to === undefined) return refuse(response, 405, "Method not allowed");
  const wanted = asked.get("sourceGeneration");
  if (wanted !== null && wanted !== stored.generation) return refuse(response, 404, "No such object");
  if (taken(decodeURIComponent(to))) return refuse(response, 412, "conditionNotMet");
  const done = asked.get("rewriteToken") !== null;
  if (done) store(state, decodeURIComponent(to), stored.content, stored.contentEncoding);
  const objectSize = String(stored.content.length);
  json(response, {
    kind: "storage#rewriteResponse",
    objectSize,
    done,
    ...(!done && { rewriteToken: "go-on" }),
  });
}

async function takePart(
  state: State,
  url: URL,
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
  taken: (name: string) => boolean,
): Promise<void> {
  const upload = state.uploads.get(url.pathname.replace("/session/", ""));
  if (!upload) return refuse(response, 404, "No such upload");
  const arrived = upload.parts.reduce((sum, part) => sum + part.length, 0);
  const [, first, last, total] =
    /^bytes (?:(\d+)-(\d+)|\*)\/(\d+|\*)$/.exec(request.headers["content-range"] ?? "") ?? [];
  if (first !== undefined && (Number(first) !== arrived || Number(last) + 1 - arrived !== body.length))
    return refuse(response, 400, "Invalid range");
  if (total === "*" && body.length % 262_144 !== 0) return refuse(response, 400, "Not a multiple of 256 KiB");
  upload.parts.push(body);
  const bytes = arrived + body.length;
  if (total === "*") {
    response.writeHead(308, { range: `bytes=0-${bytes - 1}` }).end();
    return;
  }
  if (Number(total) !== bytes) return refuse(response, 400, "Invalid range");
  if (taken(upload.name)) return refuse(response, 412, "conditionNotMet");
  store(state, upload.name, Buffer.concat(upload.parts));
  json(response, resource(upload.name, state.objects.get(upload.name) as Stored));
}

/** An object as the API describes it. */
export function resource(name: string, { content, generation, updated, contentEncoding }: Stored): object {
  return {
    kind: "storage#object",
    name,
    bucket: BUCKET,
    generation,
    size: String(content.length),
    updated: updated.toISOString(),
    ...(contentEncoding && { contentEncoding }),
  };
}

/** Answers an error as the API does. */
export function refuse(response: ServerResponse, code: number, message: string): void {
  json(response, { error: { code, message, errors: [{ message }] } }, code);
}

/** Answers JSON. */
export function json(response: ServerResponse, body: object, status = 200): void {
  response.writeHead(status, { "content-type": "application/json; charset=UTF-8" }).end(JSON.stringify(body));
}
