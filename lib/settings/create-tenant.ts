import { randomUUID } from "node:crypto";
import type { z } from "zod";
import { emitAudit } from "#lib/audit/index.ts";
import { type Db, isUniqueViolation } from "#lib/db.ts";
import { AppError } from "#lib/errors.ts";
import { CreateTenantInput } from "./schema.ts";

/** The tenant of a fresh install. */
const DEMO = "t_demo";

/**
 * Makes a tenant with a workspace and its flags. For the operator (a script, the first start): no request reaches it.
 * @throws AppError `already_exists`
 */
export async function createTenant(
  db: Db,
  input: z.input<typeof CreateTenantInput>,
): Promise<{ id: string }> {
  const { id, name, flowIrEnabled, workspaceId } = CreateTenantInput.parse(input);
  const author = {
    tenant: id,
    actor: { id: "system", name: "Penstock", kind: "system" as const },
    requestId: randomUUID(),
  };
  try {
    await db.$transaction(async (tx) => {
      await tx.tenant.create({
        data: {
          id,
          name,
          setting: { create: { flowIrEnabled } },
          workspaces: { create: { id: workspaceId ?? id.replace(/^t_/, "w_"), name: "main" } },
        },
      });
      await emitAudit(tx, author, {
        action: "tenant.created",
        entityType: "tenant",
        entityId: id,
        entityName: name,
        after: { name, flowIrEnabled },
      });
    });
  } catch (error) {
    if (isUniqueViolation(error))
      throw new AppError("already_exists", `There is a tenant or workspace ${id} already.`);
    throw error;
  }
  return { id };
}

/**
 * Makes the tenant of a fresh install, if there is no tenant at all. Safe on several nodes at once.
 * @returns false where the operator made tenants of their own before the first start.
 */
export async function ensureDemoTenant(db: Db): Promise<boolean> {
  if ((await db.tenant.count()) > 0) return (await db.tenant.count({ where: { id: DEMO } })) === 1;
  try {
    await createTenant(db, { id: DEMO, name: "Demo", flowIrEnabled: true, workspaceId: "w_demo" });
  } catch (error) {
    if (!(error instanceof AppError && error.code === "already_exists")) throw error;
  }
  return true;
}
