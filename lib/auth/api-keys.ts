import type { z } from "zod";
import { knownRoles, requirePermission } from "#lib/access/index.ts";
import { emitAudit } from "#lib/audit/index.ts";
import type { Ctx, Role } from "#lib/context.ts";
import { randomToken, sha256 } from "#lib/crypto.ts";
import type { Db } from "#lib/db.ts";
import { AppError } from "#lib/errors.ts";
import { forgetKey } from "./key-cache.ts";
import { CreateApiKeyInput } from "./schema.ts";

const DAY_MS = 24 * 3600 * 1000;
const DEFAULT_ROLES: Record<"api" | "gateway", Role[]> = {
  api: ["ROLE_VIEWER"],
  gateway: ["ROLE_DATA_ENGINEER", "ROLE_VIEWER"],
};

type Row = NonNullable<Awaited<ReturnType<Db["apiKey"]["findFirst"]>>>;

/** The keys that reach this tenant and are not revoked, without secrets. @throws AppError `permission_denied` */
export async function listApiKeys({ ctx }: { ctx: Ctx }) {
  requirePermission(ctx, "keys.manage");
  const rows = await ctx.db.apiKey.findMany({
    where: { tenants: { has: ctx.tenant }, revokedAt: null },
    orderBy: { createdAt: "desc" },
  });
  return { data: rows.map(present) };
}

/**
 * Makes a key. Its secret is in this answer and nowhere else; only a hash is kept.
 * @param byKey a key asks, be it for a person: it may not reach into another tenant by way of theirs.
 * @throws AppError `permission_denied`, `bad_request` if a gateway key lists a tenant that its maker does not administer.
 */
export async function createApiKey({
  ctx,
  input,
  byKey = false,
}: {
  ctx: Ctx;
  input: z.input<typeof CreateApiKeyInput>;
  byKey?: boolean;
}) {
  requirePermission(ctx, "keys.manage");
  const given = CreateApiKeyInput.parse(input);
  const { name, kind } = given;
  const tenants = kind === "gateway" ? [...new Set(given.tenants ?? [ctx.tenant])] : [ctx.tenant];
  if (kind === "api" && given.tenants?.some((tenant) => tenant !== ctx.tenant))
    throw notYours("An ordinary key is for its own tenant. Make a gateway key for several.");
  await requireAdministrator(ctx, tenants, byKey);
  const secret = randomToken(kind === "gateway" ? "gw_" : "pk_");
  const roles = given.roles ?? DEFAULT_ROLES[kind];
  const expiresAt = given.expiresInDays ? new Date(Date.now() + given.expiresInDays * DAY_MS) : null;
  return ctx.db.$transaction(async (tx) => {
    const row = await tx.apiKey.create({
      data: {
        tenantId: ctx.tenant,
        name,
        kind,
        prefix: secret.slice(0, 9),
        hash: sha256(secret),
        roles,
        tenants,
        agentId: kind === "api" ? given.agentId : undefined,
        createdBy: ctx.actor.id,
        expiresAt,
      },
    });
    await emitAudit(tx, ctx, {
      action: "key.created",
      entityType: "api_key",
      entityId: row.id,
      entityName: name,
      after: { kind, roles, tenants, prefix: row.prefix, expiresAt, agentId: row.agentId },
    });
    return { ...present(row), secret };
  });
}

/**
 * Ends a key: on this node at once, on every other one within `limits.keyTrustMs`. A gateway key of another tenant only
 * loses this tenant.
 * @throws AppError `permission_denied`, `not_found`
 */
export async function revokeApiKey({ ctx, id }: { ctx: Ctx; id: string }): Promise<void> {
  requirePermission(ctx, "keys.manage");
  const hash = await ctx.db.$transaction(async (tx) => {
    const row = await tx.apiKey.findFirst({ where: { id, tenants: { has: ctx.tenant }, revokedAt: null } });
    if (!row) throw new AppError("not_found", "There is no such key.");
    const own = row.tenantId === ctx.tenant;
    const tenants = row.tenants.filter((tenant) => tenant !== ctx.tenant);
    await tx.apiKey.update({ where: { id }, data: own ? { revokedAt: new Date() } : { tenants } });
    await emitAudit(tx, ctx, {
      action: "key.revoked",
      entityType: "api_key",
      entityId: id,
      entityName: row.name,
      before: { kind: row.kind, roles: row.roles, prefix: row.prefix },
    });
    return row.hash;
  });
  forgetKey(hash);
}

/** Reaching into a tenant takes an administrator of that tenant, by membership. */
async function requireAdministrator(ctx: Ctx, tenants: string[], byKey: boolean): Promise<void> {
  const others = tenants.filter((tenant) => tenant !== ctx.tenant);
  if (others.length === 0) return;
  if (byKey) throw notYours("A key makes keys for its own tenant only. Sign in to make one for several.");
  const administered =
    ctx.actor.kind === "user"
      ? await ctx.db.membership.count({
          where: { userId: ctx.actor.id, tenantId: { in: others }, roles: { has: "ROLE_ADMIN" } },
        })
      : 0;
  if (administered !== others.length) throw notYours("You do not administer every tenant in this list.");
}

function notYours(message: string): AppError {
  const issues = [{ code: "not_your_tenant", path: "/tenants", message }];
  return new AppError("bad_request", message, { issues });
}

function present(row: Row) {
  const { id, name, prefix, tenants, agentId, createdBy, createdAt, expiresAt, lastUsedAt } = row;
  const kind = row.kind === "gateway" ? ("gateway" as const) : ("api" as const);
  const roles = knownRoles(row.roles);
  return { id, name, kind, prefix, roles, tenants, agentId, createdBy, createdAt, expiresAt, lastUsedAt };
}
