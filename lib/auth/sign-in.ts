import { z } from "zod";
import { sha256 } from "#lib/crypto.ts";
import type { Db } from "#lib/db.ts";
import { AppError } from "#lib/errors.ts";
import { limits } from "#lib/limits.ts";
import { clearSlots, takeSlot } from "#lib/rate-limit/index.ts";
import { checkPassword } from "./password.ts";
import { EmailSchema } from "./schema.ts";
import { redeemSignInToken } from "./sign-in-link.ts";

/** What a session token says of its owner: who, never what they may do. */
export type SignedIn = { id: string; email: string; name: string | null };

/** How much more one address, or one account from all addresses, may fail than the pair of them. */
const WIDER = 10;

const PasswordCredentials = z.object({ email: EmailSchema, password: z.string().min(1).max(200) });
const LinkCredentials = z.object({ token: z.string().min(20).max(200) });

/**
 * Signs in by e-mail and password. Every attempt takes a slot first, so that many at once cannot slip by; success
 * gives them back.
 * @param address where the attempt comes from.
 * @returns the person, or undefined if the pair is wrong.
 * @throws AppError `rate_limited`
 */
export async function signInByPassword(
  db: Db,
  given: unknown,
  address: string,
): Promise<SignedIn | undefined> {
  const parsed = PasswordCredentials.safeParse(given);
  if (!parsed.success) return undefined;
  const { email, password } = parsed.data;
  const account = sha256(email).slice(0, 32);
  const pair = `sign-in:${account}:${address}`;
  await attempt(db, pair, limits.signInFailures);
  await attempt(db, `sign-in:account:${account}`, limits.signInFailures * WIDER);
  await attempt(db, `sign-in:address:${address}`, limits.signInFailures * WIDER);
  const user = await db.user.findUnique({ where: { email } });
  if (!(await checkPassword(user?.passwordHash, password)) || !user) return undefined;
  await clearSlots(db, pair);
  return { id: user.id, email: user.email, name: user.name };
}

/** Signs in by a one-time link's token. @throws AppError `rate_limited` */
export async function signInByLink(db: Db, given: unknown, address: string): Promise<SignedIn | undefined> {
  const parsed = LinkCredentials.safeParse(given);
  if (!parsed.success) return undefined;
  await attempt(db, `sign-in:link:${address}`, limits.signInFailures * WIDER);
  const used = await redeemSignInToken(db, parsed.data.token);
  if (!used) return undefined;
  return (
    (await db.user.findUnique({
      where: { id: used.userId },
      select: { id: true, email: true, name: true },
    })) ?? undefined
  );
}

async function attempt(db: Db, key: string, limit: number): Promise<void> {
  const slot = await takeSlot(db, { key, limit, windowMs: limits.signInWindowMs });
  if (slot.ok) return;
  throw new AppError("rate_limited", "Too many failed sign-ins. Wait a few minutes.", {
    headers: { "retry-after": String(slot.retryAfterSeconds) },
  });
}
