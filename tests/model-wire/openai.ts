import {
  type Asked,
  at,
  type Body,
  type Dialect,
  missing,
  pieces,
  usageOf,
  type WireAnswer,
} from "./dialect.ts";
import { brokenStrict } from "./strict-schema.ts";

const responsesTokens = (planned: WireAnswer) => {
  const { input, output } = usageOf(planned);
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: input + output,
  };
};

const error = (status: number, message: string) => ({
  body: { error: { message, type: `error_${status}`, param: null, code: null } },
});

const event = (value: Body & { type: string }) => `event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`;

const bearer = ({ headers }: Asked) =>
  /^Bearer \S+$/.test(headers.authorization ?? "") ? [] : ["authorization: Bearer expected"];

/** OpenAI's Responses API. */
export const responses: Dialect = {
  streamed: ({ path, body }) => (path.endsWith("/responses") ? body.stream === true : undefined),
  wrong: (asked) => [...missing(asked.body, { model: "string", input: "array" }), ...bearer(asked)],
  schemaOf: (body) => {
    const format = at(body, "text", "format") as Body | undefined;
    return format?.type === "json_schema" && format.strict === true ? format.schema : undefined;
  },
  broken: brokenStrict,
  error,
  whole: done,
  streamType: "text/event-stream",
  errorFrame: event({
    type: "error",
    sequence_number: 3,
    error: {
      type: "server_error",
      code: "server_error",
      message: "planned error in the stream",
      param: null,
    },
  }),
  frames: (body, text, planned) => {
    const response = done(body, text, planned);
    const item = response.output[0];
    const last = response.status === "completed" ? "response.completed" : "response.incomplete";
    return [
      event({ type: "response.created", response: { ...response, status: "in_progress", output: [] } }),
      event({
        type: "response.output_item.added",
        output_index: 0,
        item: { ...item, status: "in_progress", content: [] },
      }),
      ...(planned.fault === "refusal" || planned.fault === "content_filter" ? [] : pieces(text)).map(
        (delta) =>
          event({
            type: "response.output_text.delta",
            item_id: "msg_1",
            output_index: 0,
            content_index: 0,
            delta,
          }),
      ),
      event({ type: "response.output_item.done", output_index: 0, item }),
      event({ type: last, response }),
    ];
  },
};

function done(body: Body, text: string, planned: WireAnswer) {
  const cut = { content_filter: "content_filter", too_long: "max_output_tokens" }[planned.fault as string];
  const content =
    planned.fault === "refusal"
      ? [{ type: "refusal", refusal: "I will not." }]
      : [{ type: "output_text", text: planned.fault === "content_filter" ? "" : text, annotations: [] }];
  return {
    id: "resp_1",
    object: "response",
    created_at: 1_700_000_000,
    model: body.model,
    error: null,
    incomplete_details: cut ? { reason: cut } : null,
    status: cut ? "incomplete" : "completed",
    output: [{ id: "msg_1", type: "message", role: "assistant", status: "completed", content }],
    usage: responsesTokens(planned),
  };
}

const chatTokens = (planned: WireAnswer) => {
  const { input, output } = usageOf(planned);
  return { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
};

const finishOf = ({ fault }: WireAnswer) =>
  ({ content_filter: "content_filter", too_long: "length" })[fault as string] ?? "stop";

const says = ({ fault }: WireAnswer) => fault !== "refusal" && fault !== "content_filter";

/** OpenAI's chat completions, as compatible servers speak them. Local ones want no key. */
export const chat: Dialect = {
  streamed: ({ path, body }) => (path.endsWith("/chat/completions") ? body.stream === true : undefined),
  wrong: ({ body }) => missing(body, { model: "string", messages: "array" }),
  schemaOf: (body) => {
    const format = at(body, "response_format") as Body | undefined;
    return format?.type === "json_schema" && at(format, "json_schema", "strict") === true
      ? at(format, "json_schema", "schema")
      : undefined;
  },
  broken: brokenStrict,
  error,
  streamType: "text/event-stream",
  errorFrame: `data: ${JSON.stringify(error(500, "planned error in the stream").body)}\n\n`,
  whole: (body, text, planned) => ({
    id: "c1",
    object: "chat.completion",
    created: 1_700_000_000,
    model: body.model,
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          content: says(planned) ? text : null,
          ...(planned.fault === "refusal" ? { refusal: "I will not." } : {}),
        },
        finish_reason: finishOf(planned),
      },
    ],
    usage: chatTokens(planned),
  }),
  frames: (body, text, planned) => {
    const chunk = (choices: unknown[], extra = {}) =>
      `data: ${JSON.stringify({
        id: "c1",
        object: "chat.completion.chunk",
        created: 1_700_000_000,
        model: body.model,
        choices,
        ...extra,
      })}\n\n`;
    const delta = (value: unknown) => chunk([{ index: 0, delta: value, finish_reason: null }]);
    const usage = at(body, "stream_options", "include_usage") === true;
    return [
      delta({ role: "assistant" }),
      ...(planned.fault === "refusal" ? [delta({ refusal: "I will not." })] : []),
      ...(says(planned) ? pieces(text).map((content) => delta({ content })) : []),
      chunk([{ index: 0, delta: {}, finish_reason: finishOf(planned) }]),
      ...(usage ? [chunk([], { usage: chatTokens(planned) })] : []),
      "data: [DONE]\n\n",
    ];
  },
};
