import { hash, verify } from "@node-rs/argon2";
import { randomToken } from "#lib/crypto.ts";

/** OWASP's recommended argon2id cost: 19 MiB, two passes. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

let decoy: Promise<string> | undefined;

/** An argon2id hash of a password, with its salt and cost inside. */
export function hashPassword(password: string): Promise<string> {
  return hash(password, COST);
}

/**
 * True if the password is the one hashed. Without a hash it does the same work against a decoy and says no, so that
 * the time taken does not tell whether an account exists.
 */
export async function checkPassword(
  passwordHash: string | null | undefined,
  password: string,
): Promise<boolean> {
  decoy ??= hashPassword(randomToken());
  const matches = await verify(passwordHash ?? (await decoy), password);
  return matches && Boolean(passwordHash);
}
