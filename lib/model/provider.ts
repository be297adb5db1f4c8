import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { env } from "#lib/env.ts";
import { AppError } from "#lib/errors.ts";
import { outboundFetch } from "#lib/outbound.ts";
import type { LanguageModel } from "./language-model.ts";

/** Which provider answers, and how it is reached. The key never leaves this process but to that provider. */
export type ProviderChoice = {
  provider: "rules" | "openai" | "anthropic" | "openai-compatible";
  model?: string;
  key?: string;
  baseUrl?: string;
  /** openai-compatible: whether the server takes a JSON Schema as `response_format`; default true. */
  structured?: boolean;
};

const DEFAULT_MODEL = { openai: "gpt-5-mini", anthropic: "claude-sonnet-4-5" } as const;

/** The choice that the environment makes; "rules" when it makes none. */
export function providerFromEnv(): ProviderChoice {
  const { PENSTOCK_AI_PROVIDER, PENSTOCK_AI_MODEL, PENSTOCK_AI_KEY, PENSTOCK_AI_BASE_URL } = env();
  return {
    provider: PENSTOCK_AI_PROVIDER ?? "rules",
    model: PENSTOCK_AI_MODEL,
    key: PENSTOCK_AI_KEY,
    baseUrl: PENSTOCK_AI_BASE_URL,
  };
}

/**
 * The language model of a choice. Every request goes through `outboundFetch`.
 * @param rules gives the built-in assistant, which lives with the caller.
 * @throws AppError `provider_unavailable` when a setting that this provider needs is missing.
 */
export function chooseModel(choice: ProviderChoice, rules: () => LanguageModel): LanguageModel {
  // The package prints its warnings to the console; ours are turned into errors by the gate instead.
  (globalThis as { AI_SDK_LOG_WARNINGS?: boolean }).AI_SDK_LOG_WARNINGS = false;
  const common = { apiKey: choice.key, baseURL: choice.baseUrl, fetch: outboundFetch };
  switch (choice.provider) {
    case "rules":
      return rules();
    case "openai":
      need(choice.key, "OpenAI", "PENSTOCK_AI_KEY");
      return createOpenAI(common).responses(choice.model ?? DEFAULT_MODEL.openai);
    case "anthropic":
      need(choice.key, "Anthropic", "PENSTOCK_AI_KEY");
      return createAnthropic(common).languageModel(choice.model ?? DEFAULT_MODEL.anthropic);
    case "openai-compatible":
      return createOpenAICompatible({
        ...common,
        name: "openai-compatible",
        baseURL: need(choice.baseUrl, "The OpenAI-compatible provider", "PENSTOCK_AI_BASE_URL"),
        supportsStructuredOutputs: choice.structured ?? true,
        includeUsage: true,
      }).chatModel(need(choice.model, "The OpenAI-compatible provider", "PENSTOCK_AI_MODEL"));
  }
}

function need(value: string | undefined, provider: string, variable: string): string {
  if (value) return value;
  throw new AppError("provider_unavailable", `${provider} needs ${variable}, which is not set.`);
}
