import { APICallError } from "ai";
import type { AppError } from "#lib/errors.ts";
import { refusesKey } from "#lib/model/index.ts";
import type { AiTest } from "./schema.ts";

/** Which layer an error of a call to a model belongs to. */
export function failedLayer(error: AppError): AiTest["layers"][number]["layer"] {
  if (error.code === "provider_unsupported_structured") return "structured_output";
  const { cause, message } = error;
  if (cause === undefined && message.includes("needs a key")) return "key";
  if (!APICallError.isInstance(cause)) return "reach";
  if (refusesKey(cause)) return "key";
  const status = cause.statusCode ?? 0;
  return status >= 400 && status < 500 ? "model" : "reach";
}
