import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { type AiInForce, aiInForce } from "./load-ai-choice.ts";
import type { AiSettings } from "./schema.ts";

/** Who answers for the tenant, and who chose it. @throws AppError `permission_denied` */
export async function getAiSettings({ ctx }: { ctx: Ctx }): Promise<AiSettings> {
  requirePermission(ctx, "settings.read");
  return presentAi(await aiInForce(ctx.db, ctx.tenant));
}

/** What anyone in the tenant may see of it: that there is a key, never the key, nor the operator's access key id. */
export function presentAi({ ai, key, from, proposalsPerHour }: AiInForce): AiSettings {
  const accessKeyId = from === "tenant" ? ai.accessKeyId : null;
  return { ...ai, accessKeyId, proposalsPerHour, hasKey: key !== undefined, from };
}
