import { z } from "zod";
import type { Ctx } from "#lib/context.ts";
import { unseal } from "#lib/crypto.ts";
import type { Db } from "#lib/db.ts";
import { env } from "#lib/env.ts";
import { type ProviderChoice, providerFromEnv } from "#lib/model/index.ts";
import { type AiSettings, UpdateAiInput } from "./schema.ts";

/** USD per million tokens; null where nobody said. */
export type AiPrices = { input: number | null; output: number | null };

/** What is kept of the tenant's own choice, beside the sealed key. */
export const KeptAi = z.object({ ...UpdateAiInput.omit({ key: true, proposalsPerHour: true }).shape });
/** {@link KeptAi} */
export type KeptAi = z.infer<typeof KeptAi>;

/** The choice in force, and who made it. */
export type AiInForce = Pick<AiSettings, "from" | "proposalsPerHour"> & {
  ai: KeptAi;
  key: string | undefined;
};

/** What a tenant's key is sealed for. */
export const aiBinding = (tenant: string) => ({ tenant, id: `${tenant}:ai` });

/**
 * Who answers for the tenant, with the key in the clear (for memory only): the tenant's own choice, else the
 * environment's, else the built-in rules. A key of one is never sent where the other points.
 */
export async function loadAiChoice({
  ctx,
}: {
  ctx: Pick<Ctx, "tenant" | "db">;
}): Promise<{ choice: ProviderChoice; prices: AiPrices }> {
  const { ai, key } = await aiInForce(ctx.db, ctx.tenant);
  return { choice: choiceOf(ai, key), prices: { input: ai.inputPrice, output: ai.outputPrice } };
}

/** The choice in force, for code that already knows the caller may ask. */
export async function aiInForce(db: Pick<Db, "tenantSetting">, tenant: string): Promise<AiInForce> {
  const row = await db.tenantSetting.findUnique({ where: { tenantId: tenant } });
  const proposalsPerHour = row?.proposalsPerHour ?? null;
  if (!row?.ai) return { ...fromEnvironment(), proposalsPerHour };
  const key = row.aiSecret ? unseal(row.aiSecret, aiBinding(tenant)).toString("utf8") : undefined;
  return { from: "tenant", ai: KeptAi.parse(row.ai), key, proposalsPerHour };
}

/** As the provider's adapter takes it. */
export function choiceOf(ai: KeptAi, key: string | undefined): ProviderChoice {
  return {
    provider: ai.provider,
    model: ai.model ?? undefined,
    baseUrl: ai.baseUrl ?? undefined,
    region: ai.region ?? undefined,
    accessKeyId: ai.accessKeyId ?? undefined,
    structured: ai.structured,
    key,
  };
}

function fromEnvironment(): Omit<AiInForce, "proposalsPerHour"> {
  const { provider, model, baseUrl, region, accessKeyId, key } = providerFromEnv();
  const { PENSTOCK_AI_INPUT_PRICE, PENSTOCK_AI_OUTPUT_PRICE } = env();
  return {
    from: env().PENSTOCK_AI_PROVIDER ? "environment" : "built-in",
    ai: {
      provider,
      model: model ?? null,
      baseUrl: baseUrl ?? null,
      region: region ?? null,
      accessKeyId: accessKeyId ?? null,
      structured: true,
      inputPrice: PENSTOCK_AI_INPUT_PRICE ?? null,
      outputPrice: PENSTOCK_AI_OUTPUT_PRICE ?? null,
    },
    key,
  };
}
