import type { Provider } from "#lib/model/schema.ts";
import type { AiSettings, AiTest } from "#lib/settings/schema.ts";

/** What people call the providers. */
export const PROVIDER_NAMES: Record<Provider, string> = {
  rules: "Built-in rules assistant",
  anthropic: "Anthropic",
  openai: "OpenAI",
  google: "Google",
  "amazon-bedrock": "Amazon Bedrock",
  "openai-compatible": "OpenAI-compatible server",
};

/** Who chose the one that answers. */
export const CHOSEN_BY: Record<AiSettings["from"], string> = {
  tenant: "chosen for this tenant",
  environment: "set by the operator",
  "built-in": "the default",
};

/** The layers of a test, in order. */
export const LAYER_NAMES: [AiTest["layers"][number]["layer"], string][] = [
  ["reach", "Connection"],
  ["key", "Key"],
  ["model", "Model"],
  ["structured_output", "Schema"],
  ["patch", "Patch"],
];
