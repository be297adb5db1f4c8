import { randomUUID } from "node:crypto";
import type { z } from "zod";
import { requirePermission } from "#lib/access/index.ts";
import { emitAudit } from "#lib/audit/index.ts";
import { connectorSpecs } from "#lib/connectors/schema.ts";
import type { Ctx } from "#lib/context.ts";
import { seal } from "#lib/crypto.ts";
import { isUniqueViolation, type Tx } from "#lib/db.ts";
import { AppError } from "#lib/errors.ts";
import { freeName } from "./free-name.ts";
import { presentSource } from "./load-source.ts";
import { parseFields } from "./parse-fields.ts";
import { CreateSourceInput, type Source } from "./schema.ts";

/**
 * Saves a source; its secrets are sealed for this row. In the caller's transaction, if `tx` is given; with the caller's
 * `id`, if it has one: a second time is then refused.
 * @param tested what was found when these very fields were tested, which is its health then.
 * @throws AppError `permission_denied`, `bad_request` with an issue per field, `already_exists`
 */
export async function createSource({
  ctx,
  input,
  id = randomUUID(),
  tx,
  tested,
}: {
  ctx: Ctx;
  input: z.input<typeof CreateSourceInput>;
  id?: string;
  tx?: Tx;
  tested?: { message: string; at: string };
}): Promise<Source> {
  requirePermission(ctx, "sources.write");
  const { connector, fields, ...given } = CreateSourceInput.parse(input);
  const { config, secrets } = parseFields(connector, fields);
  const title = given.title ?? connectorSpecs[connector].title;
  const secret = new Uint8Array(seal(JSON.stringify(secrets), { tenant: ctx.tenant, id }));
  const work = async (tx: Tx) => {
    const name = given.name ?? (await freeName(tx, ctx.tenant, title));
    const { id: createdBy, name: createdByName } = ctx.actor;
    const row = await tx.source.create({
      data: {
        ...{ id, tenantId: ctx.tenant, name, title, connector, config, secret, createdBy, createdByName },
        ...(tested && { health: { ok: true, message: tested.message }, checkedAt: new Date(tested.at) }),
      },
    });
    await emitAudit(tx, ctx, {
      action: "source.created",
      entityType: "source",
      entityId: id,
      entityName: title,
      after: { name, connector, config },
    });
    return presentSource(row);
  };
  try {
    return await (tx ? work(tx) : ctx.db.$transaction(work));
  } catch (error) {
    if (isUniqueViolation(error))
      throw new AppError("already_exists", `There is a source named ${given.name ?? title} already.`);
    throw error;
  }
}
