import { AppError } from "#lib/errors.ts";
import { PROVIDER_DEFAULTS } from "#lib/model/schema.ts";
import { OutboundError, reach } from "#lib/outbound.ts";
import type { AiInForce, KeptAi } from "./load-ai-choice.ts";
import type { UpdateAiInput } from "./schema.ts";

/** Where a key goes, and whose it is. */
const WHERE_IT_GOES = ["provider", "baseUrl", "accessKeyId"] as const;

/** A choice that is whole and may be used, with its key in the clear. */
export type AiDraft = { ai: KeptAi; key: string | undefined };

/**
 * Makes a whole choice of what was sent: what does not belong to the provider is left out, and the tenant's own key is
 * taken over while it goes to the same provider and address. The environment's key is never taken over.
 * @throws AppError `bad_request` naming the field
 */
export function draftAi(input: UpdateAiInput, before: AiInForce): AiDraft {
  const ai = belonging(input);
  if (ai.provider === "rules") return { ai, key: undefined };
  requireWhole(ai);
  const key = keyOf(input, ai, before);
  if (!key && ai.provider !== "openai-compatible")
    refuse("key", "key_required", "Give the key of this provider");
  return { ai, key };
}

/** Refuses an address that Penstock never connects to. One that is not there yet is taken. */
export async function requireOutbound({ baseUrl }: KeptAi): Promise<void> {
  if (!baseUrl) return;
  const url = new URL(baseUrl);
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  try {
    await reach({ host: url.hostname, port });
  } catch (error) {
    if (error instanceof OutboundError && error.code !== "unresolved")
      refuse("baseUrl", error.code, error.message);
  }
}

function belonging(given: UpdateAiInput): KeptAi {
  const bedrock = given.provider === "amazon-bedrock";
  const priced = given.provider !== "rules";
  return {
    provider: given.provider,
    model: priced ? given.model : null,
    baseUrl: priced ? given.baseUrl : null,
    region: bedrock ? given.region : null,
    accessKeyId: bedrock ? given.accessKeyId : null,
    structured: given.provider === "openai-compatible" ? given.structured : true,
    inputPrice: priced ? given.inputPrice : null,
    outputPrice: priced ? given.outputPrice : null,
  };
}

function requireWhole({ provider, baseUrl, model, region, accessKeyId }: KeptAi): void {
  if (provider === "openai-compatible" && !baseUrl)
    refuse(
      "baseUrl",
      "base_url_required",
      "Give the address of the server, such as http://localhost:11434/v1",
    );
  if (!(provider in PROVIDER_DEFAULTS) && !model)
    refuse("model", "model_required", "Give the model's name at that server");
  if (provider === "amazon-bedrock" && !region && (accessKeyId || !baseUrl))
    refuse("region", "region_required", "Give the AWS region, such as eu-central-1");
}

function keyOf(input: UpdateAiInput, ai: KeptAi, before: AiInForce): string | undefined {
  if (input.key !== undefined) return input.key ?? undefined;
  if (before.from !== "tenant" || before.key === undefined) return undefined;
  const moved = WHERE_IT_GOES.filter((field) => before.ai[field] !== ai[field]);
  if (moved.length > 0) refuse("key", "key_required", `Give the key again: ${moved.join(", ")} changed`);
  return before.key;
}

function refuse(field: string, code: string, message: string): never {
  throw new AppError("bad_request", `${message}.`.replace(/\.\.$/, "."), {
    issues: [{ code, path: `/${field}`, message }],
  });
}
