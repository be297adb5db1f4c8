import type { z } from "zod";
import { requirePermission } from "#lib/access/index.ts";
import { emitAudit } from "#lib/audit/index.ts";
import { connectorSpecs, secretFieldsOf } from "#lib/connectors/schema.ts";
import type { Ctx } from "#lib/context.ts";
import { seal } from "#lib/crypto.ts";
import { Prisma } from "#lib/db.ts";
import { AppError } from "#lib/errors.ts";
import type { ConnectorName } from "#lib/ir/schema.ts";
import { findSource, presentSource, secretsOf } from "./load-source.ts";
import { parseFields } from "./parse-fields.ts";
import { type Source, SourceFields, UpdateSourceInput } from "./schema.ts";

/** Fields that only say what is looked at, not who is asked for it and as whom. */
const HARMLESS = new Set(["schema", "prefix", "path", "format", "path_style", "warehouse", "role"]);

/**
 * Saves other values of some fields; an empty text takes an optional one away. A kept secret is only ever sent where its
 * owner meant it to go: whoever names another server, user or weaker encryption gives it again.
 * @throws AppError `permission_denied`, `source_not_found`, `bad_request` with an issue per field (`secret_required`)
 */
export async function updateSource({
  ctx,
  id,
  input,
}: {
  ctx: Ctx;
  id: string;
  input: z.input<typeof UpdateSourceInput>;
}): Promise<Source> {
  requirePermission(ctx, "sources.write");
  const { title, fields = {} } = UpdateSourceInput.parse(input);
  return ctx.db.$transaction(async (tx) => {
    const row = await findSource(tx, ctx.tenant, id);
    const connector = row.connector as ConnectorName;
    const before = SourceFields.parse(row.config);
    const kept = secretsOf(row);
    requireSecretsAgain(connector, before, kept, fields);
    const { config, secrets } = parseFields(connector, { ...before, ...kept, ...fields });
    const binding = { tenant: ctx.tenant, id: row.id };
    const changed = Object.keys(fields).length > 0;
    const saved = await tx.source.update({
      where: { id: row.id },
      data: {
        title,
        config,
        secret: new Uint8Array(seal(JSON.stringify(secrets), binding)),
        ...(changed && { health: Prisma.DbNull, checkedAt: null }),
      },
    });
    const rotated = Object.keys(secrets).filter((name) => secrets[name] !== kept[name]);
    await emitAudit(tx, ctx, {
      action: "source.updated",
      entityType: "source",
      entityId: row.id,
      entityName: saved.title,
      before: { title: row.title, config: before },
      after: { title: saved.title, config, rotated: rotated.join(", ") || undefined },
    });
    return presentSource(saved);
  });
}

function requireSecretsAgain(
  connector: ConnectorName,
  before: SourceFields,
  kept: Record<string, string>,
  fields: SourceFields,
): void {
  const secret = secretFieldsOf(connectorSpecs[connector]);
  const moved = Object.keys(fields).filter(
    (name) => !secret.includes(name) && !HARMLESS.has(name) && fields[name] !== (before[name] ?? ""),
  );
  const unsaid = Object.keys(kept).filter((name) => fields[name] === undefined);
  if (moved.length === 0 || unsaid.length === 0) return;
  const issues = unsaid.map((name) => {
    const message = `Give it again: ${moved.join(", ")} changed`;
    return { code: "secret_required", path: `/fields/${name}`, message };
  });
  throw new AppError("bad_request", `Give ${unsaid.join(" and ")} again: ${moved.join(", ")} changed.`, {
    issues,
  });
}
