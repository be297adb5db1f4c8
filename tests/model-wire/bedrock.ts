import { crc32 } from "node:zlib";
import { at, type Body, type Dialect, missing, pieces, usageOf, type WireAnswer } from "./dialect.ts";
import { brokenStrict } from "./strict-schema.ts";

const EXCEPTIONS: Record<number, string> = {
  400: "ValidationException",
  401: "UnrecognizedClientException",
  403: "AccessDeniedException",
  404: "ResourceNotFoundException",
  408: "ModelTimeoutException",
  429: "ThrottlingException",
  500: "InternalServerException",
  503: "ServiceUnavailableException",
};
const tokens = (planned: WireAnswer) => {
  const { input, output } = usageOf(planned);
  return { inputTokens: input, outputTokens: output, totalTokens: input + output };
};
const PATH = /\/model\/[^/]+\/(converse|converse-stream)$/;
const SIGNED =
  /^AWS4-HMAC-SHA256 Credential=\w+\/\d{8}\/[a-z0-9-]+\/bedrock\/aws4_request, SignedHeaders=[a-z0-9;-]+, Signature=[0-9a-f]{64}$/;

const silent = ({ fault }: WireAnswer) => fault === "refusal" || fault === "content_filter";
const stopOf = ({ fault }: WireAnswer) =>
  fault === "refusal"
    ? "guardrail_intervened"
    : fault === "content_filter"
      ? "content_filtered"
      : fault === "too_long"
        ? "max_tokens"
        : "end_turn";

/** One message of AWS's event stream: lengths, their checksum, headers, payload, the checksum of it all. */
function frame(headers: Record<string, string>, payload: unknown): Buffer {
  const named = Buffer.concat(
    Object.entries(headers).map(([name, value]) => {
      const size = Buffer.alloc(2);
      size.writeUInt16BE(Buffer.byteLength(value));
      return Buffer.concat([
        Buffer.from([name.length]),
        Buffer.from(name),
        Buffer.from([7]),
        size,
        Buffer.from(value),
      ]);
    }),
  );
  const body = Buffer.from(JSON.stringify(payload));
  const prelude = Buffer.alloc(12);
  prelude.writeUInt32BE(16 + named.length + body.length, 0);
  prelude.writeUInt32BE(named.length, 4);
  prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8);
  const message = Buffer.concat([prelude, named, body]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(message));
  return Buffer.concat([message, sum]);
}

const event = (type: string, payload: Body) =>
  frame(
    { ":event-type": type, ":content-type": "application/json", ":message-type": "event" },
    { ...payload, p: "abcdefgh" },
  );

/** Amazon Bedrock's Converse, whose constrained JSON is `outputConfig.textFormat`, the schema as text. */
export const bedrock: Dialect = {
  streamed: ({ path }) => {
    const method = PATH.exec(path)?.[1];
    return method === undefined ? undefined : method === "converse-stream";
  },
  wrong: ({ body, headers }) => [
    ...missing(body, { messages: "array" }),
    ...(/^Bearer \S+$/.test(headers.authorization ?? "") || SIGNED.test(headers.authorization ?? "")
      ? []
      : ["authorization: Bearer or AWS4-HMAC-SHA256 expected"]),
    ...(at(body, "toolConfig") === undefined ? [] : ["toolConfig: a forced tool binds no answer"]),
  ],
  schemaOf: (body) => {
    const format = at(body, "outputConfig", "textFormat") as Body | undefined;
    const text = at(format, "structure", "jsonSchema", "schema");
    return format?.type === "json_schema" && typeof text === "string" ? JSON.parse(text) : undefined;
  },
  broken: brokenStrict,
  error: (status, message) => ({
    body: { message },
    headers: { "x-amzn-errortype": EXCEPTIONS[status] ?? "InternalServerException" },
  }),
  streamType: "application/vnd.amazon.eventstream",
  errorFrame: frame(
    {
      ":exception-type": "modelStreamErrorException",
      ":content-type": "application/json",
      ":message-type": "exception",
    },
    { message: "planned error in the stream", originalStatusCode: 500 },
  ),
  whole: (_body, text, planned) => ({
    output: { message: { role: "assistant", content: silent(planned) ? [] : [{ text }] } },
    stopReason: stopOf(planned),
    usage: tokens(planned),
    metrics: { latencyMs: 5 },
  }),
  frames: (_body, text, planned) => [
    event("messageStart", { role: "assistant" }),
    ...(silent(planned) ? [] : pieces(text)).map((piece) =>
      event("contentBlockDelta", { contentBlockIndex: 0, delta: { text: piece } }),
    ),
    event("contentBlockStop", { contentBlockIndex: 0 }),
    event("messageStop", { stopReason: stopOf(planned) }),
    event("metadata", { usage: tokens(planned), metrics: { latencyMs: 5 } }),
  ],
};
