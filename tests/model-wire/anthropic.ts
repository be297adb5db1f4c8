import { at, type Body, type Dialect, missing, pieces, usageOf, type WireAnswer } from "./dialect.ts";
import { brokenStrict } from "./strict-schema.ts";

const KINDS: Record<number, string> = {
  400: "invalid_request_error",
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
  529: "overloaded_error",
};

const event = (value: Body & { type: string }) => `event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`;
const silent = ({ fault }: WireAnswer) => fault === "refusal" || fault === "content_filter";
const stopOf = (planned: WireAnswer) =>
  silent(planned) ? "refusal" : planned.fault === "too_long" ? "max_tokens" : "end_turn";

const message = (body: Body, rest: Body) => ({
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: body.model,
  stop_sequence: null,
  ...rest,
});

/** Anthropic's Messages API. Its filter and its refusal are one. */
export const anthropic: Dialect = {
  streamed: ({ path, body }) => (path.endsWith("/messages") ? body.stream === true : undefined),
  wrong: ({ body, headers }) => [
    ...missing(body, { model: "string", messages: "array", max_tokens: "number" }),
    ...(headers["x-api-key"] ? [] : ["x-api-key expected"]),
    ...(headers["anthropic-version"] ? [] : ["anthropic-version expected"]),
  ],
  schemaOf: (body) => {
    const format = (at(body, "output_config", "format") ?? at(body, "output_format")) as Body | undefined;
    return format?.type === "json_schema" ? format.schema : undefined;
  },
  broken: brokenStrict,
  error: (status, said) => ({
    body: { type: "error", error: { type: KINDS[status] ?? "api_error", message: said } },
  }),
  streamType: "text/event-stream",
  errorFrame: event({ type: "error", error: { type: "overloaded_error", message: "planned: overloaded" } }),
  whole: (body, text, planned) =>
    message(body, {
      content: silent(planned) ? [] : [{ type: "text", text }],
      stop_reason: stopOf(planned),
      usage: { input_tokens: usageOf(planned).input, output_tokens: usageOf(planned).output },
    }),
  frames: (body, text, planned) => [
    event({
      type: "message_start",
      message: message(body, {
        content: [],
        stop_reason: null,
        usage: { input_tokens: usageOf(planned).input, output_tokens: 1 },
      }),
    }),
    event({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } }),
    ...(silent(planned) ? [] : pieces(text)).map((piece) =>
      event({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: piece } }),
    ),
    event({ type: "content_block_stop", index: 0 }),
    event({
      type: "message_delta",
      delta: { stop_reason: stopOf(planned), stop_sequence: null },
      usage: { output_tokens: usageOf(planned).output },
    }),
    event({ type: "message_stop" }),
  ],
};
