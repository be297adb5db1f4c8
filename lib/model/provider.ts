import { createAmazonBedrock } from "@ai-sdk/amazon-bedrock";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogle } from "@ai-sdk/google";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { wrapLanguageModel } from "ai";
import { env } from "#lib/env.ts";
import { AppError } from "#lib/errors.ts";
import { outboundFetch } from "#lib/outbound.ts";
import { bedrockTextFormat } from "./bedrock-text-format.ts";
import type { LanguageModel } from "./language-model.ts";
import { PROVIDER_DEFAULTS, type Provider } from "./schema.ts";

/** Which provider answers, and how it is reached. The key never leaves this process but to that provider. */
export type ProviderChoice = {
  provider: Provider;
  model?: string;
  key?: string;
  baseUrl?: string;
  /** amazon-bedrock: the AWS region. */
  region?: string;
  /** amazon-bedrock: the access key whose secret `key` is; without it `key` is an API key. */
  accessKeyId?: string;
  /** openai-compatible: whether the server takes a JSON Schema as `response_format`; default true. */
  structured?: boolean;
};

/** The choice that the environment makes; "rules" when it makes none. */
export function providerFromEnv(): ProviderChoice {
  const given = env();
  return {
    provider: given.PENSTOCK_AI_PROVIDER ?? "rules",
    model: given.PENSTOCK_AI_MODEL,
    key: given.PENSTOCK_AI_KEY,
    baseUrl: given.PENSTOCK_AI_BASE_URL,
    region: given.PENSTOCK_AI_REGION,
    accessKeyId: given.PENSTOCK_AI_ACCESS_KEY_ID,
  };
}

/**
 * The language model of a choice. Every request goes through `outboundFetch`; the packages' own environment variables
 * are never asked, for a tenant's key may not go where they point.
 * @param rules gives the built-in assistant, which lives with the caller.
 * @param onAnswered called when the provider begins to answer, whatever it says.
 * @throws AppError `provider_unavailable` when a setting that this provider needs is missing.
 */
export function chooseModel(
  choice: ProviderChoice,
  rules: () => LanguageModel,
  onAnswered?: () => void,
): LanguageModel {
  // The package prints its warnings to the console; ours are turned into errors by the gate instead.
  (globalThis as { AI_SDK_LOG_WARNINGS?: boolean }).AI_SDK_LOG_WARNINGS = false;
  const { provider } = choice;
  const fetch: typeof outboundFetch = async (...request) => {
    const response = await outboundFetch(...request);
    onAnswered?.();
    return response;
  };
  if (provider === "rules") return rules();
  if (provider === "openai-compatible") return compatible(choice, fetch);
  if (provider === "amazon-bedrock") return bedrock(choice, fetch);
  const defaults = PROVIDER_DEFAULTS[provider];
  const settings = {
    apiKey: need(choice.key, NAMES[provider], "PENSTOCK_AI_KEY"),
    baseURL: choice.baseUrl ?? defaults.baseUrl,
    fetch,
  };
  const model = choice.model ?? defaults.model;
  if (provider === "openai") return createOpenAI(settings).responses(model);
  if (provider === "google") return createGoogle(settings).languageModel(model);
  return createAnthropic(settings).languageModel(model);
}

const NAMES = { anthropic: "Anthropic", openai: "OpenAI", google: "Google" } as const;

function compatible(
  { key, baseUrl, model, structured }: ProviderChoice,
  fetch: typeof outboundFetch,
): LanguageModel {
  const named = "The OpenAI-compatible provider";
  return createOpenAICompatible({
    name: "openai-compatible",
    apiKey: key,
    fetch,
    baseURL: need(baseUrl, named, "PENSTOCK_AI_BASE_URL"),
    supportsStructuredOutputs: structured ?? true,
    includeUsage: true,
  }).chatModel(need(model, named, "PENSTOCK_AI_MODEL"));
}

function bedrock(
  { key, baseUrl, model, region, accessKeyId }: ProviderChoice,
  fetch: typeof outboundFetch,
): LanguageModel {
  const named = "Amazon Bedrock";
  const secret = need(key, named, "PENSTOCK_AI_KEY");
  const where = accessKeyId || !baseUrl ? need(region, named, "PENSTOCK_AI_REGION") : region;
  const defaults = PROVIDER_DEFAULTS["amazon-bedrock"];
  const made = createAmazonBedrock({
    region: where,
    baseURL: baseUrl ?? defaults.baseUrl.replace("{region}", where ?? ""),
    fetch,
    // An empty key is one: without it the package would look for one in the environment.
    ...(accessKeyId ? { apiKey: "", accessKeyId, secretAccessKey: secret } : { apiKey: secret }),
  }).languageModel(model ?? defaults.model);
  return wrapLanguageModel({ model: made, middleware: bedrockTextFormat });
}

function need(value: string | undefined, provider: string, variable: string): string {
  if (value) return value;
  const what = { KEY: "a key", REGION: "a region", BASE_URL: "a base URL", MODEL: "a model" };
  const named = what[variable.replace("PENSTOCK_AI_", "") as keyof typeof what];
  throw new AppError(
    "provider_unavailable",
    `${provider} needs ${named}. Set it in Settings → AI, or ${variable}.`,
  );
}
