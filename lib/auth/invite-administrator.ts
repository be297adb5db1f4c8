import { randomUUID } from "node:crypto";
import { emitAudit } from "#lib/audit/index.ts";
import type { Db } from "#lib/db.ts";
import { createUser } from "./create-user.ts";
import { EmailSchema } from "./schema.ts";
import { issueSignInLink } from "./sign-in-link.ts";

const ROLES = ["ROLE_ADMIN", "ROLE_DATA_ENGINEER"];

/**
 * Makes someone an administrator of a tenant, with an account if they have none, and gives a link to sign in with
 * once. For the operator at the machine: no request reaches it.
 */
export async function inviteAdministrator(
  db: Db,
  { tenantId, email, name }: { tenantId: string; email: string; name?: string },
): Promise<{ userId: string; signInUrl: string }> {
  const address = EmailSchema.parse(email);
  return db.$transaction(async (tx) => {
    // Several nodes may start at once on an empty database.
    await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${`penstock.invite.${address}`}, 0))`;
    const known = await tx.user.findUnique({ where: { email: address }, select: { id: true } });
    const userId = known?.id ?? (await createUser(tx, { email: address, name })).id;
    const member = await tx.membership.findUnique({ where: { tenantId_userId: { tenantId, userId } } });
    const signInUrl = await issueSignInLink(tx, userId);
    if (!member?.roles.includes("ROLE_ADMIN")) {
      const roles = [...new Set([...(member?.roles ?? []), ...ROLES])];
      await tx.membership.upsert({
        where: { tenantId_userId: { tenantId, userId } },
        update: { roles },
        create: { tenantId, userId, roles },
      });
      const author = { id: "system", name: "Penstock", kind: "system" as const };
      await emitAudit(
        tx,
        { tenant: tenantId, actor: author, requestId: randomUUID() },
        {
          action: "member.added",
          entityType: "member",
          entityId: userId,
          entityName: address,
          after: { roles },
        },
      );
    }
    return { userId, signInUrl };
  });
}
