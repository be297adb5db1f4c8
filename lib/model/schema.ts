/** Who may answer: the built-in rules, or a provider of language models. */
export const PROVIDERS = [
  "rules",
  "anthropic",
  "openai",
  "google",
  "amazon-bedrock",
  "openai-compatible",
] as const;

/** One of {@link PROVIDERS}. */
export type Provider = (typeof PROVIDERS)[number];

/** Where a provider is and what is asked there, unless said otherwise; an OpenAI-compatible server has no defaults. */
export const PROVIDER_DEFAULTS = {
  anthropic: { model: "claude-sonnet-4-5", baseUrl: "https://api.anthropic.com/v1" },
  openai: { model: "gpt-5-mini", baseUrl: "https://api.openai.com/v1" },
  google: { model: "gemini-2.5-flash", baseUrl: "https://generativelanguage.googleapis.com/v1beta" },
  "amazon-bedrock": {
    model: "global.anthropic.claude-sonnet-4-5-20250929-v1:0",
    baseUrl: "https://bedrock-runtime.{region}.amazonaws.com",
  },
} as const satisfies Partial<Record<Provider, { model: string; baseUrl: string }>>;
