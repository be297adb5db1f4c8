import type { IncomingMessage, ServerResponse } from "node:http";

/** A JSON object as it came. */
export type Body = Record<string, unknown>;

/** What a call is answered with. */
export type WireAnswer = {
  /** The model's text as it is; or `json`, written out. */
  text?: string;
  json?: unknown;
  status?: number;
  headers?: Record<string, string>;
  /** With a status: the whole body; or `message`, in the provider's own form of an error. */
  body?: unknown;
  message?: string;
  /**
   * `drop_midway` breaks the connection, `end_midway` ends the answer too early, `error_midway` says in the stream that
   * the provider failed; `refusal` and `content_filter` are how a provider says that it will not answer.
   */
  fault?:
    | "hang"
    | "drop"
    | "drop_midway"
    | "end_midway"
    | "error_midway"
    | "refusal"
    | "content_filter"
    | "too_long";
  /** Milliseconds before the first byte. */
  delayMs?: number;
  /** Held back before the first byte until this settles. */
  until?: Promise<unknown>;
  /** Tokens that the provider counts. */
  usage?: { input: number; output: number };
  /** Streamed: milliseconds between the first byte, which says nothing yet, and the first token. */
  tokenDelayMs?: number;
};

/** What a provider's request asks for. */
export type Asked = { body: Body; path: string; headers: IncomingMessage["headers"] };

/** One provider's wire protocol. */
export type Dialect = {
  /** Undefined where the path is not one of this protocol's; else whether an answer piece by piece is asked for. */
  streamed: (asked: Asked) => boolean | undefined;
  /** What is wrong with the request, the schema apart. */
  wrong: (asked: Asked) => string[];
  /** The schema that the answer is bound to; undefined where it is not bound. */
  schemaOf: (body: Body) => unknown;
  /** Where that schema breaks what the provider publishes. */
  broken: (schema: unknown) => string[];
  whole: (body: Body, text: string, planned: WireAnswer) => unknown;
  /** The pieces of a streamed answer, as they go over the wire. The first says nothing of the text yet. */
  frames: (body: Body, text: string, planned: WireAnswer) => (string | Buffer)[];
  streamType: string;
  /** An error in the provider's own form, and its headers. */
  error: (status: number, message: string) => { body: unknown; headers?: Record<string, string> };
  /** An error in the midst of a stream. */
  errorFrame: string | Buffer;
};

/** What an answer cost; 11 and 7 tokens where nothing is planned. */
export const usageOf = ({ usage }: WireAnswer) => usage ?? { input: 11, output: 7 };

/** Text in pieces, as a model writes it. */
export const pieces = (text: string) => text.match(/[\s\S]{1,17}/g) ?? [""];

/** What is under these keys; undefined where something on the way is missing. */
export const at = (value: unknown, ...keys: string[]): unknown =>
  keys.reduce((inner, key) => (inner as Body | undefined)?.[key], value);

/** Which of these members are not of the expected type. */
export const missing = (body: Body, members: Record<string, "string" | "number" | "array">): string[] =>
  Object.entries(members)
    .filter(([name, type]) =>
      type === "array" ? !Array.isArray(body[name]) : typeof body[name] !== type || body[name] === "",
    )
    .map(([name, type]) => `${name}: ${type} expected`);

/** Answers in JSON. */
export function sendJson(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}
