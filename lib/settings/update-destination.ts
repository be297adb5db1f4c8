import type { z } from "zod";
import { requirePermission } from "#lib/access/index.ts";
import { emitAudit } from "#lib/audit/index.ts";
import type { Ctx } from "#lib/context.ts";
import { seal } from "#lib/crypto.ts";
import { AppError } from "#lib/errors.ts";
import { configOf, findDestination, type PostgresConfig, presentDestination } from "./load-destination.ts";
import { UpdateDestinationInput } from "./schema.ts";

const WHERE_IT_GOES = ["host", "port", "username", "sslmode", "rootCert"] as const;

/**
 * Saves another configuration. A kept password is only ever sent where its owner meant it to go: whoever names another
 * server, user or weaker encryption gives it again.
 * @throws AppError `permission_denied`, `destination_not_found`, `bad_request`
 */
export async function updateDestination({
  ctx,
  id,
  input,
}: {
  ctx: Ctx;
  id: string;
  input: z.input<typeof UpdateDestinationInput>;
}) {
  requirePermission(ctx, "settings.write");
  const { config, password } = UpdateDestinationInput.parse(input);
  return ctx.db.$transaction(async (tx) => {
    const row = await findDestination(tx, ctx.tenant, id);
    const before = configOf(row);
    if (password === undefined) requireSamePlace(before, config);
    const secret =
      password === undefined ? undefined : new Uint8Array(seal(password, { tenant: ctx.tenant, id }));
    const saved = await tx.destination.update({ where: { id }, data: { config, secret } });
    await emitAudit(tx, ctx, {
      action: "destination.updated",
      entityType: "destination",
      entityId: id,
      entityName: row.name,
      before: { config: before },
      after: { config, passwordChanged: password !== undefined },
    });
    return presentDestination(saved);
  });
}

function requireSamePlace(before: PostgresConfig, after: PostgresConfig): void {
  const moved = WHERE_IT_GOES.filter((field) => before[field] !== after[field]);
  if (moved.length === 0) return;
  const message = `Give the password again: ${moved.join(", ")} changed`;
  throw new AppError("bad_request", `${message}.`, {
    issues: [{ code: "password_required", path: "/password", message }],
  });
}
