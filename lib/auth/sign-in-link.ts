import { randomToken, sha256 } from "#lib/crypto.ts";
import type { Db, Tx } from "#lib/db.ts";
import { publicUrl } from "#lib/env.ts";
import { limits } from "#lib/limits.ts";

/** @returns a link that signs its user in once, within the hour. Only its hash is kept. */
export async function issueSignInLink(db: Db | Tx, userId: string): Promise<string> {
  const token = randomToken();
  const expiresAt = new Date(Date.now() + limits.signInLinkMs);
  await db.signInToken.deleteMany({ where: { userId, usedAt: null, expiresAt: { lt: new Date() } } });
  await db.signInToken.create({ data: { hash: sha256(token), userId, expiresAt } });
  return `${publicUrl()}/sign-in?token=${token}`;
}

/** Uses a link's token up. @returns the user it was for; undefined if it is unknown, used or expired. */
export async function redeemSignInToken(db: Db, token: string): Promise<{ userId: string } | undefined> {
  const now = new Date();
  const where = { hash: sha256(token), usedAt: null, expiresAt: { gt: now } };
  const [used] = await db.signInToken.updateManyAndReturn({ where, data: { usedAt: now } });
  return used && { userId: used.userId };
}
