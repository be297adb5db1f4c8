import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { APICallError, embedMany } from "ai";
import { env } from "#lib/env.ts";
import { AppError } from "#lib/errors.ts";
import { outboundFetch } from "#lib/outbound.ts";
import { redactText } from "#lib/redact.ts";
import { providerError } from "./provider-error.ts";

/** Which model makes vectors, and how it is reached. */
export type EmbeddingChoice = {
  provider: "openai" | "openai-compatible";
  model: string;
  key?: string;
  baseUrl?: string;
};

/** The choice that the environment makes; undefined when no embedding model is set. */
export function embeddingFromEnv(): EmbeddingChoice | undefined {
  const given = env();
  const model = given.PENSTOCK_EMBEDDING_MODEL;
  if (!model) return undefined;
  const own = given.PENSTOCK_EMBEDDING_PROVIDER;
  if (own) {
    const { PENSTOCK_EMBEDDING_KEY: key, PENSTOCK_EMBEDDING_BASE_URL: baseUrl } = given;
    return { provider: own, model, key, baseUrl };
  }
  const { PENSTOCK_AI_PROVIDER: provider, PENSTOCK_AI_KEY: key, PENSTOCK_AI_BASE_URL: baseUrl } = given;
  if (provider !== "openai" && provider !== "openai-compatible") return undefined;
  return { provider, model, key, baseUrl };
}

/**
 * A vector for each text, in order, all of one length; vectors of texts that mean the same lie in the same direction.
 * The texts leave for the provider without what looks like a secret.
 * @throws AppError `provider_unavailable` if the provider fails, is not reached, or answers something else
 */
export async function embedTexts({
  texts,
  choice,
  signal,
}: {
  texts: readonly string[];
  choice: EmbeddingChoice;
  signal?: AbortSignal;
}): Promise<number[][]> {
  const model = modelOf(choice);
  (globalThis as { AI_SDK_LOG_WARNINGS?: boolean }).AI_SDK_LOG_WARNINGS = false;
  try {
    const values = texts.map(redactText);
    const { embeddings } = await embedMany({ model, values, maxRetries: 0, abortSignal: signal });
    const length = embeddings[0]?.length ?? 0;
    if (embeddings.length !== texts.length || embeddings.some((each) => each.length !== length))
      throw new AppError(
        "provider_unavailable",
        `The model ${choice.model} did not give a vector for each text.`,
      );
    return embeddings;
  } catch (error) {
    throw providerError(error, model, signal);
  }
}

/** True if the provider refused what it was sent: sent again it is refused again. */
export function refusesTexts(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return APICallError.isInstance(cause) && [400, 413, 422].includes(cause.statusCode ?? 0);
}

function modelOf({ provider, model, key, baseUrl }: EmbeddingChoice) {
  const common = { apiKey: key, fetch: outboundFetch };
  if (provider === "openai") return createOpenAI({ ...common, baseURL: baseUrl }).embeddingModel(model);
  return createOpenAICompatible({ ...common, name: provider, baseURL: baseUrl ?? "" }).embeddingModel(model);
}
