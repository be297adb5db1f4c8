import {
  APICallError,
  LoadAPIKeyError,
  LoadSettingError,
  RetryError,
  UnsupportedFunctionalityError,
} from "ai";
import { AppError, isAppError, messageOf } from "#lib/errors.ts";
import { redactText } from "#lib/redact.ts";
import type { LanguageModel } from "./language-model.ts";
import { unsupported } from "./structured-gate.ts";

type Named = Pick<LanguageModel, "modelId">;

const ABOUT_SCHEMA =
  /response_?format|json_?schema|output_?config|output_?format|structured[ _-]?output|constrained|grammar|response_?(json_?)?schema/i;

/** True if a refusal of the request is about the schema it carried. */
const refusesSchema = (error: APICallError) =>
  (error.statusCode === 400 || error.statusCode === 422) &&
  ABOUT_SCHEMA.test(`${error.message} ${error.responseBody ?? ""}`);

/**
 * Turns whatever a provider call threw into one of our two answers: `provider_unsupported_structured` (400) or
 * `provider_unavailable` (503, with the provider's Retry-After). An abort by the caller stays an abort.
 */
export function providerError(error: unknown, model: Named, signal?: AbortSignal): Error {
  const last = RetryError.isInstance(error) ? error.lastError : error;
  if (isAppError(last)) return last;
  if (signal?.aborted) return abortOf(signal, model);
  if (UnsupportedFunctionalityError.isInstance(last)) return unsupported(model, last);
  if (APICallError.isInstance(last) && refusesSchema(last)) return unsupported(model, last);
  if (LoadAPIKeyError.isInstance(last) || LoadSettingError.isInstance(last)) {
    return new AppError("provider_unavailable", "No key is set for the AI provider.", { cause: last });
  }
  const headers = APICallError.isInstance(last) ? retryAfter(last) : undefined;
  return new AppError("provider_unavailable", reason(last), { cause: last, headers });
}

function abortOf(signal: AbortSignal, model: Named): Error {
  const why: unknown = signal.reason;
  if (why instanceof Error && why.name === "TimeoutError") {
    return new AppError("provider_unavailable", `The model ${model.modelId} did not answer in time.`);
  }
  return why instanceof Error ? why : new DOMException("stopped by the caller", "AbortError");
}

function reason(error: unknown): string {
  if (!APICallError.isInstance(error)) {
    return `The AI provider could not be reached: ${redactText(messageOf(error)).slice(0, 300)}`;
  }
  const said = redactText(error.message).slice(0, 300);
  if (refusesKey(error)) return `The AI provider refused the key: ${said}`;
  if (error.statusCode === 429) return `The AI provider's own rate limit is reached: ${said}`;
  if (error.statusCode === undefined) return `The AI provider could not be reached: ${said}`;
  return `The AI provider answered ${error.statusCode}: ${said}`;
}

/** True if a provider refused the key. Google says 400 of one that it does not know. */
export function refusesKey({ statusCode, message }: APICallError): boolean {
  if (statusCode === 400) return /api key (not valid|expired|not found)/i.test(message);
  return statusCode === 401 || (statusCode === 403 && !/\bmodel\b/i.test(message));
}

/** Retry-After in whole seconds, from either of its forms (RFC 9110, 10.2.3), or Google's RetryInfo in the body. */
function retryAfter(error: APICallError): Record<string, string> | undefined {
  const headers = Object.entries(error.responseHeaders ?? {});
  const value = headers.find(([name]) => name.toLowerCase() === "retry-after")?.[1];
  const told = /"retryDelay"\s*:\s*"(\d+)(\.\d+)?s"/.exec(error.responseBody ?? "");
  const seconds = value
    ? /^\d+$/.test(value)
      ? Number(value)
      : Math.ceil((Date.parse(value) - Date.now()) / 1000)
    : told
      ? Number(told[1]) + (told[2] ? 1 : 0)
      : Number.NaN;
  return Number.isFinite(seconds) ? { "Retry-After": String(Math.max(0, seconds)) } : undefined;
}
