import { at, type Body, type Dialect, missing, pieces, usageOf, type WireAnswer } from "./dialect.ts";
import { brokenForGoogle } from "./strict-schema.ts";

const STATUS: Record<number, string> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  429: "RESOURCE_EXHAUSTED",
  500: "INTERNAL",
  503: "UNAVAILABLE",
};
const tokens = (planned: WireAnswer) => {
  const { input, output } = usageOf(planned);
  return { promptTokenCount: input, candidatesTokenCount: output, totalTokenCount: input + output };
};
const PATH = /\/models\/[\w.-]+:(generateContent|streamGenerateContent)$/;

const error = (status: number, message: string) => ({
  body: { error: { code: status, message, status: STATUS[status] ?? "UNKNOWN" } },
});

/** The last piece of an answer: how it ended, and what it cost. Blocked before a word, there is no candidate at all. */
function end(planned: WireAnswer, content?: unknown): Body {
  const { fault } = planned;
  const rest = { usageMetadata: tokens(planned), modelVersion: "wire", responseId: "r1" };
  if (fault === "content_filter")
    return { ...rest, candidates: [], promptFeedback: { blockReason: "SAFETY" } };
  const finishReason = fault === "refusal" ? "SAFETY" : fault === "too_long" ? "MAX_TOKENS" : "STOP";
  const said = fault === "refusal" ? undefined : content;
  return { ...rest, candidates: [{ ...(said ? { content: said } : {}), finishReason, index: 0 }] };
}

const saying = (text: string) => ({ role: "model", parts: [{ text }] });
const data = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;

/** Google's generateContent. */
export const google: Dialect = {
  streamed: ({ path }) => {
    const method = PATH.exec(path)?.[1];
    return method === undefined ? undefined : method === "streamGenerateContent";
  },
  wrong: ({ body, headers }) => [
    ...missing(body, { contents: "array" }),
    ...(headers["x-goog-api-key"] ? [] : ["x-goog-api-key expected"]),
    ...(at(body, "generationConfig", "responseMimeType") === "application/json"
      ? []
      : ["generationConfig.responseMimeType: application/json expected"]),
  ],
  schemaOf: (body) => at(body, "generationConfig", "responseJsonSchema"),
  broken: brokenForGoogle,
  error,
  streamType: "text/event-stream",
  errorFrame: data(error(503, "planned: the model is overloaded").body),
  whole: (_body, text, planned) => end(planned, saying(text)),
  frames: (_body, text, planned) => [
    data({
      candidates: [],
      usageMetadata: { ...tokens(planned), candidatesTokenCount: 0 },
      responseId: "r1",
    }),
    ...(planned.fault === "refusal" || planned.fault === "content_filter" ? [] : pieces(text)).map((piece) =>
      data({ candidates: [{ content: saying(piece), index: 0 }], usageMetadata: tokens(planned) }),
    ),
    data(end(planned, saying(""))),
  ],
};
