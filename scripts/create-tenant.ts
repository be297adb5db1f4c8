import { parseArgs } from "node:util";
import { inviteAdministrator } from "#lib/auth/index.ts";
import { closeDatabase, getDb } from "#lib/db.ts";
import { isAppError, messageOf } from "#lib/errors.ts";
import { checkDeploymentKey, createTenant } from "#lib/settings/index.ts";

const USAGE = `npm run tenant -- --id t_acme --name "Acme" --admin-email someone@example.org [--flow-ir]

Makes a tenant if there is none of that id, makes the person its administrator,
and prints a link that signs them in once. With the embedded database, stop Penstock first.`;

const { values } = parseArgs({
  options: {
    id: { type: "string" },
    name: { type: "string" },
    "admin-email": { type: "string" },
    "flow-ir": { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

try {
  await main();
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
} finally {
  await closeDatabase();
}

async function main(): Promise<void> {
  const { id, name, "admin-email": email } = values;
  if (values.help || !id || !email) {
    process.stdout.write(`${USAGE}\n`);
    if (!values.help) process.exitCode = 2;
    return;
  }
  const db = await getDb();
  await checkDeploymentKey(db);
  await createTenant(db, { id, name: name ?? id, flowIrEnabled: values["flow-ir"] }).then(
    () => process.stdout.write(`Made tenant ${id}\n`),
    (error) => {
      if (!isAppError(error) || error.code !== "already_exists") throw error;
      process.stdout.write(`Tenant ${id} is there already\n`);
    },
  );
  const { signInUrl } = await inviteAdministrator(db, { tenantId: id, email });
  process.stdout.write(`${email} is an administrator. Sign in (works once): ${signInUrl}\n`);
}
