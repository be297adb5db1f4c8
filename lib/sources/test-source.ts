import { requirePermission } from "#lib/access/index.ts";
import { connectorOf } from "#lib/connectors/index.ts";
import type { CheckResult, StageReport } from "#lib/connectors/schema.ts";
import type { Ctx } from "#lib/context.ts";
import { AppError } from "#lib/errors.ts";
import { limits } from "#lib/limits.ts";
import { findSource, openSource } from "./load-source.ts";
import { parseFields } from "./parse-fields.ts";
import { type SourceHealth, TestSourceInput } from "./schema.ts";

type OnStage = (report: StageReport) => void;

/**
 * Tries a saved source, stage by stage, and keeps what was found as its health.
 * @throws AppError `permission_denied`, `source_not_found`
 */
export async function testSource({
  ctx,
  id,
  onStage,
}: {
  ctx: Ctx;
  id: string;
  onStage?: OnStage;
}): Promise<CheckResult> {
  requirePermission(ctx, "sources.write");
  const row = await findSource(ctx.db, ctx.tenant, id);
  const { connector, config } = openSource(row);
  const result = await check(ctx, connector, config, onStage);
  // Only what is still the same was tested.
  await ctx.db.source.updateMany({
    where: { id: row.id, tenantId: ctx.tenant, secret: row.secret },
    data: { health: healthOf(result), checkedAt: new Date(), updatedAt: row.updatedAt },
  });
  return result;
}

/**
 * Tries a configuration that is not saved.
 * @throws AppError `permission_denied`; `bad_request` with an issue per field
 */
export async function testSourceDraft({
  ctx,
  input,
  onStage,
}: {
  ctx: Ctx;
  input: unknown;
  onStage?: OnStage;
}): Promise<CheckResult> {
  requirePermission(ctx, "sources.write");
  const { connector, fields } = TestSourceInput.parse(input);
  const { config, secrets } = parseFields(connector, fields);
  return check(ctx, connector, { ...config, ...secrets }, onStage);
}

/** The draft's check as the form's own route answers it. @throws AppError `source_unreachable` with the check */
export async function requireReachable(args: Parameters<typeof testSourceDraft>[0]): Promise<CheckResult> {
  const result = await testSourceDraft(args);
  if (result.failure)
    throw new AppError("source_unreachable", result.failure.message, { members: { check: result } });
  return result;
}

/** What a check says about a source's health. */
export function healthOf({ ok, failure, stages }: CheckResult): SourceHealth {
  if (!failure) return { ok, message: stages.at(-1)?.message ?? "It answers." };
  const { message, code, field, fix } = failure;
  return { ok, message, code, ...(field && { field }), fix };
}

async function check(
  { tenant, signal }: Ctx,
  connector: string,
  config: Record<string, unknown>,
  onStage: OnStage | undefined,
): Promise<CheckResult> {
  const late = AbortSignal.timeout(limits.checkMs);
  try {
    return await connectorOf(connector).check(
      { tenant, config },
      { onStage, signal: signal ? AbortSignal.any([signal, late]) : late },
    );
  } catch (error) {
    if (!late.aborted) throw error;
    const message = `It did not answer within ${limits.checkMs / 1000} seconds.`;
    const fix = "Try again; if it stays slow, look at the server's load and the network between.";
    return { ok: false, stages: [], failure: { stage: "connect", code: "slow_server", message, fix } };
  }
}
