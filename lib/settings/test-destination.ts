import type { z } from "zod";
import { requirePermission } from "#lib/access/index.ts";
import { FoundError, loginStages, postgresFinding, tryStages } from "#lib/connectors/index.ts";
import type { Ctx } from "#lib/context.ts";
import { sqlIdentifier } from "#lib/ir/index.ts";
import { findDestination, openDestination, type PostgresConfig } from "./load-destination.ts";
import { loginOf } from "./postgres-connection.ts";
import { DestinationTestSchema, TestDestinationInput } from "./schema.ts";

/** What came of trying a destination. */
export type DestinationTest = z.infer<typeof DestinationTestSchema>;
type Draft = { config: PostgresConfig; password: string };

/** What a destination calls the fields that a finding may name. */
const FIELDS = { tls: "sslmode", ca: "rootCert" };

/** Tries a saved destination. @throws AppError `permission_denied`, `destination_not_found` */
export async function testDestination({ ctx, id }: { ctx: Ctx; id: string }): Promise<DestinationTest> {
  requirePermission(ctx, "settings.write");
  return tryPostgres(openDestination(await findDestination(ctx.db, ctx.tenant, id)));
}

/** Tries a configuration that is not saved yet. @throws AppError `permission_denied` */
export async function testDestinationDraft({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: z.input<typeof TestDestinationInput>;
}): Promise<DestinationTest> {
  requirePermission(ctx, "settings.write");
  return tryPostgres(TestDestinationInput.parse(input));
}

/** As a source is tried, name → socket → TLS → password → database; then whether tables can be made. */
async function tryPostgres(draft: Draft): Promise<DestinationTest> {
  const login = loginOf(draft);
  const opened = loginStages(login);
  try {
    const result = await tryStages(
      [
        ...opened.stages,
        { stage: "privileges", run: () => tryPrivileges(opened.session().client, draft.config) },
      ],
      (stage, error) => postgresFinding(stage, error, login, FIELDS),
    );
    return DestinationTestSchema.parse(result);
  } finally {
    await opened.close();
  }
}

type Asking = ReturnType<ReturnType<typeof loginStages>["session"]>["client"];

async function tryPrivileges(client: Asking, { schema, username }: PostgresConfig): Promise<string> {
  const { rows } = await client.query<{ create_schema: boolean; found: boolean; writable: boolean | null }>(
    `select has_database_privilege(current_database(), 'CREATE') as create_schema,
       exists (select from pg_namespace where nspname = $1) as found,
       (select has_schema_privilege(oid, 'USAGE') and has_schema_privilege(oid, 'CREATE')
         from pg_namespace where nspname = $1) as writable`,
    [schema ?? "public"],
  );
  const rights = rows[0];
  const name = schema ?? "public";
  if (rights?.writable) return `${username} may create tables in schema ${name}.`;
  if (rights && !rights.found && rights.create_schema)
    return `Schema ${name} is not there yet; it can be created.`;
  const [inside, user] = [sqlIdentifier(name), sqlIdentifier(username)];
  const [why, fix] = rights?.found
    ? [`may not create tables in schema ${name}`, `GRANT USAGE, CREATE ON SCHEMA ${inside} TO ${user}`]
    : [
        `may not create the schema ${name}, which does not exist`,
        `CREATE SCHEMA ${inside} AUTHORIZATION ${user}`,
      ];
  throw new FoundError({
    code: "no_create",
    field: "username",
    message: `${username} ${why}. Run: ${fix}`,
    fix,
  });
}
