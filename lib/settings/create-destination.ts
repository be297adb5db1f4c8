import { randomUUID } from "node:crypto";
import type { z } from "zod";
import { requirePermission } from "#lib/access/index.ts";
import { emitAudit } from "#lib/audit/index.ts";
import type { Ctx } from "#lib/context.ts";
import { seal } from "#lib/crypto.ts";
import { isUniqueViolation } from "#lib/db.ts";
import { AppError } from "#lib/errors.ts";
import { presentDestination } from "./load-destination.ts";
import { CreateDestinationInput } from "./schema.ts";

/** Saves a destination; its password is sealed for this row. @throws AppError `permission_denied`, `already_exists` */
export async function createDestination({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: z.input<typeof CreateDestinationInput>;
}) {
  requirePermission(ctx, "settings.write");
  const { name, kind, config, password } = CreateDestinationInput.parse(input);
  const id = randomUUID();
  const secret = new Uint8Array(seal(password, { tenant: ctx.tenant, id }));
  try {
    return await ctx.db.$transaction(async (tx) => {
      const row = await tx.destination.create({
        data: { id, tenantId: ctx.tenant, name, kind, config, secret },
      });
      await emitAudit(tx, ctx, {
        action: "destination.created",
        entityType: "destination",
        entityId: id,
        entityName: name,
        after: { kind, config },
      });
      return presentDestination(row);
    });
  } catch (error) {
    if (isUniqueViolation(error))
      throw new AppError("already_exists", `There is a destination named ${name} already.`);
    throw error;
  }
}
