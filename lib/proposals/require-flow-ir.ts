import type { Ctx } from "#lib/context.ts";
import { AppError } from "#lib/errors.ts";
import { getSettings } from "#lib/settings/index.ts";

/** The tenant's switch, asked before anything is read or billed. @throws AppError `flow_ir_disabled` */
export async function requireFlowIr(ctx: Ctx): Promise<void> {
  const { flowIrEnabled } = await getSettings({ ctx });
  if (flowIrEnabled) return;
  throw new AppError(
    "flow_ir_disabled",
    "AI pipeline mode is off for this tenant. An administrator can turn on flowIrEnabled in Settings.",
  );
}
