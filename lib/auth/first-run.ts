import { randomUUID } from "node:crypto";
import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { emitAudit } from "#lib/audit/index.ts";
import { randomToken, sha256 } from "#lib/crypto.ts";
import type { Db } from "#lib/db.ts";
import { env } from "#lib/env.ts";
import { inviteAdministrator } from "./invite-administrator.ts";

/** The tenant that a fresh install has. */
export const DEMO_TENANT = "t_demo";
const ADMIN_EMAIL = "admin@localhost.local";
const KEY_FILE = "dev-key";

/** What `npm start` prints: a link to sign in with once, and where the key for curl lies. */
export type FirstRun = { signInUrl?: string; keyFile?: string };

/**
 * Makes a fresh install usable and an old one reachable. Embedded: an administrator of the demo tenant, a new sign-in
 * link at every start, and an administrator's key in the data folder. With a server: a link for a first administrator
 * only until someone has come in, and never a key.
 */
export async function firstRun(db: Db): Promise<FirstRun> {
  const { embedded, dataDir } = env();
  if (!embedded && (await someoneCameIn(db))) return {};
  const admin = { tenantId: DEMO_TENANT, email: ADMIN_EMAIL, name: "Administrator" };
  const { userId, signInUrl } = await inviteAdministrator(db, admin);
  if (!embedded) return { signInUrl };
  return { signInUrl, keyFile: await ensureKeyFile(db, dataDir, userId) };
}

/** True once anyone has a way in of their own, or has used a link. */
async function someoneCameIn(db: Db): Promise<boolean> {
  const ways = [
    { passwordHash: { not: null } },
    { accounts: { some: {} } },
    { signInTokens: { some: { usedAt: { not: null } } } },
  ];
  return (await db.user.count({ where: { OR: ways } })) > 0;
}

async function ensureKeyFile(db: Db, dataDir: string, createdBy: string): Promise<string> {
  const file = path.join(dataDir, KEY_FILE);
  const present = await readFile(file, "utf8").catch(() => "");
  const valid =
    present.trim() !== "" &&
    (await db.apiKey.count({
      where: { hash: sha256(present.trim()), revokedAt: null, tenantId: DEMO_TENANT },
    })) === 1;
  if (!valid) await writeKey(file, await createKey(db, createdBy));
  await chmod(file, 0o600);
  return file;
}

async function createKey(db: Db, createdBy: string): Promise<string> {
  const secret = randomToken("pk_");
  await db.$transaction(async (tx) => {
    const key = await tx.apiKey.create({
      data: {
        tenantId: DEMO_TENANT,
        name: "Local development",
        prefix: secret.slice(0, 9),
        hash: sha256(secret),
        roles: ["ROLE_ADMIN", "ROLE_DATA_ENGINEER"],
        tenants: [DEMO_TENANT],
        createdBy,
      },
    });
    await emitAudit(tx, system(), {
      action: "key.created",
      entityType: "api_key",
      entityId: key.id,
      entityName: key.name,
      after: { kind: key.kind, roles: key.roles, prefix: key.prefix },
    });
  });
  return secret;
}

/** Written whole or not at all: a half-written key would lock its owner out until the next start. */
async function writeKey(file: string, secret: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.new`;
  await writeFile(draft, `${secret}\n`, { mode: 0o600 });
  await rename(draft, file);
}

function system() {
  return {
    tenant: DEMO_TENANT,
    actor: { id: "system", name: "Penstock", kind: "system" as const },
    requestId: randomUUID(),
  };
}
