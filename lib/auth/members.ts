import type { z } from "zod";
import { knownRoles, requirePermission } from "#lib/access/index.ts";
import { type AuditAction, emitAudit } from "#lib/audit/index.ts";
import type { Ctx, Role } from "#lib/context.ts";
import { isUniqueViolation, type Tx } from "#lib/db.ts";
import { AppError } from "#lib/errors.ts";
import { createUser } from "./create-user.ts";
import { AddMemberInput, UpdateMemberInput } from "./schema.ts";
import { issueSignInLink } from "./sign-in-link.ts";

type Member = { userId: string; email: string; name: string | null; roles: Role[]; createdAt: Date };

/** Everyone in the tenant. @throws AppError `permission_denied` */
export async function listMembers({ ctx }: { ctx: Ctx }): Promise<{ data: Member[] }> {
  requirePermission(ctx, "members.manage");
  const rows = await ctx.db.membership.findMany({
    where: { tenantId: ctx.tenant },
    orderBy: { createdAt: "asc" },
    include: { user: { select: { email: true, name: true } } },
  });
  return { data: rows.map(present) };
}

/**
 * Brings someone into the tenant. Who has no account yet gets one, and the answer carries a link to sign in with once.
 * @throws AppError `permission_denied`, `already_exists` if they are a member.
 */
export async function addMember({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: z.input<typeof AddMemberInput>;
}): Promise<Member & { signInUrl?: string }> {
  requirePermission(ctx, "members.manage");
  const { email, name, roles } = AddMemberInput.parse(input);
  try {
    return await ctx.db.$transaction(async (tx) => {
      const known = await tx.user.findUnique({ where: { email }, select: { id: true } });
      const userId = known?.id ?? (await createUser(tx, { email, name })).id;
      const row = await tx.membership.create({
        data: { tenantId: ctx.tenant, userId, roles },
        include: { user: { select: { email: true, name: true } } },
      });
      const signInUrl = known ? undefined : await issueSignInLink(tx, userId);
      await audit(tx, ctx, "member.added", row.user.email, userId, { after: { roles } });
      return { ...present(row), signInUrl };
    });
  } catch (error) {
    if (isUniqueViolation(error)) throw new AppError("already_exists", `${email} is a member already.`);
    throw error;
  }
}

/** Changes what a member may do. @throws AppError `permission_denied`, `not_found`, `conflict` for the last administrator. */
export async function updateMember({
  ctx,
  userId,
  input,
}: {
  ctx: Ctx;
  userId: string;
  input: z.input<typeof UpdateMemberInput>;
}): Promise<Member> {
  requirePermission(ctx, "members.manage");
  const { roles } = UpdateMemberInput.parse(input);
  return ctx.db.$transaction(async (tx) => {
    const before = await lockMember(tx, ctx, userId);
    if (!roles.includes("ROLE_ADMIN")) await keepAnAdministrator(tx, ctx, userId);
    const row = await tx.membership.update({
      where: { tenantId_userId: { tenantId: ctx.tenant, userId } },
      data: { roles },
      include: { user: { select: { email: true, name: true } } },
    });
    await audit(tx, ctx, "member.updated", row.user.email, userId, {
      before: { roles: before.roles },
      after: { roles },
    });
    return present(row);
  });
}

/** Takes someone out of the tenant; their next request finds them out. @throws AppError as {@link updateMember} */
export async function removeMember({ ctx, userId }: { ctx: Ctx; userId: string }): Promise<void> {
  requirePermission(ctx, "members.manage");
  await ctx.db.$transaction(async (tx) => {
    const before = await lockMember(tx, ctx, userId);
    await keepAnAdministrator(tx, ctx, userId);
    await tx.membership.delete({ where: { tenantId_userId: { tenantId: ctx.tenant, userId } } });
    await audit(tx, ctx, "member.removed", before.user.email, userId, { before: { roles: before.roles } });
  });
}

/**
 * A new sign-in link for a member who lost their way in. Only for someone who is in no other tenant: it would open
 * those too.
 * @throws AppError `permission_denied`, `not_found`, `conflict`
 */
export async function issueMemberLink({
  ctx,
  userId,
}: {
  ctx: Ctx;
  userId: string;
}): Promise<{ signInUrl: string }> {
  requirePermission(ctx, "members.manage");
  return ctx.db.$transaction(async (tx) => {
    const member = await lockMember(tx, ctx, userId);
    if ((await tx.membership.count({ where: { userId, tenantId: { not: ctx.tenant } } })) > 0)
      throw new AppError(
        "conflict",
        "This person is in other tenants too, so only the operator can give a link.",
      );
    const signInUrl = await issueSignInLink(tx, userId);
    await audit(tx, ctx, "member.link_issued", member.user.email, userId, {});
    return { signInUrl };
  });
}

/** Changes to one tenant's members wait for each other, so that two cannot remove the last two administrators. */
async function lockMember(tx: Tx, ctx: Ctx, userId: string) {
  await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${`penstock.members.${ctx.tenant}`}, 0))`;
  const row = await tx.membership.findUnique({
    where: { tenantId_userId: { tenantId: ctx.tenant, userId } },
    include: { user: { select: { email: true, name: true } } },
  });
  if (!row) throw new AppError("not_found", "This person is not a member.");
  return row;
}

async function keepAnAdministrator(tx: Tx, ctx: Ctx, without: string): Promise<void> {
  const others = await tx.membership.count({
    where: { tenantId: ctx.tenant, userId: { not: without }, roles: { has: "ROLE_ADMIN" } },
  });
  const self = await tx.membership.count({
    where: { tenantId: ctx.tenant, userId: without, roles: { has: "ROLE_ADMIN" } },
  });
  if (self > 0 && others === 0)
    throw new AppError("conflict", "This is the last administrator. Make someone else one first.");
}

function audit(
  tx: Tx,
  ctx: Ctx,
  action: AuditAction,
  entityName: string,
  entityId: string,
  change: { before?: unknown; after?: unknown },
): Promise<string> {
  return emitAudit(tx, ctx, { action, entityType: "member", entityId, entityName, ...change });
}

function present(row: {
  userId: string;
  roles: string[];
  createdAt: Date;
  user: { email: string; name: string | null };
}): Member {
  const { userId, createdAt, user } = row;
  return { userId, email: user.email, name: user.name, roles: knownRoles(row.roles), createdAt };
}
