import { keyFingerprint } from "#lib/crypto.ts";
import type { Db } from "#lib/db.ts";
import { env } from "#lib/env.ts";

const KEY = "secret-key-fingerprint";

/**
 * With a database server: remembers which secret key this deployment is sealed with, and refuses another. Called at
 * every start, before anything is served. The embedded database keeps its key beside it.
 * @throws Error if this node's PENSTOCK_SECRET_KEY is not the deployment's.
 */
export async function checkDeploymentKey(db: Db, embedded: boolean = env().embedded): Promise<void> {
  if (embedded) return;
  const value = keyFingerprint();
  await db.deployment.createMany({ data: [{ key: KEY, value }], skipDuplicates: true });
  const known = await db.deployment.findUnique({ where: { key: KEY } });
  if (known?.value === value) return;
  throw new Error(
    `PENSTOCK_SECRET_KEY is not the key that this deployment was set up with (fingerprint ${value}, expected ${known?.value}). ` +
      "Stored secrets would be unreadable. Use the same key on every node.",
  );
}
