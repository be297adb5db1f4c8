import type { Db } from "#lib/db.ts";
import { AppError } from "#lib/errors.ts";
import { readClaims } from "./claims.ts";
import type { Identity } from "./identity.ts";
import { keyIdentity } from "./key-identity.ts";
import { readCookies, sessionUserId, TENANT_COOKIE } from "./session-cookie.ts";
import { sessionIdentity } from "./session-identity.ts";

/** What proves who is asking: the headers of a request. */
export type Credentials = { headers: Headers };

/**
 * Who is asking: an API key in `Authorization: Bearer`, else the session cookie.
 * @throws AppError `unauthenticated`, `tenant_mismatch`, `permission_denied` or `bad_request`.
 */
export async function authenticate(db: Db, { headers }: Credentials): Promise<Identity> {
  const claims = readClaims(headers);
  const authorization = headers.get("authorization");
  if (authorization !== null) {
    const secret = /^Bearer +([\w.~+/=-]{8,400})$/i.exec(authorization.trim())?.[1];
    if (!secret) throw new AppError("unauthenticated", "Send the API key as Authorization: Bearer <key>.");
    return keyIdentity(db, secret, claims);
  }
  const cookies = readCookies(headers);
  const userId = await sessionUserId(cookies);
  if (!userId) throw new AppError("unauthenticated");
  return sessionIdentity(db, userId, claims, cookies.get(TENANT_COOKIE));
}
