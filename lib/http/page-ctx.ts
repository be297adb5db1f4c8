import { authenticate } from "#lib/auth/index.ts";
import type { Ctx } from "#lib/context.ts";
import { getDb } from "#lib/db.ts";
import { isAppError } from "#lib/errors.ts";
import { requestIdOf } from "./route.ts";

/**
 * Who looks at a page: for server components. The headers' claims count for requests of programs only, so a page is
 * always seen in the tenant that the person chose.
 * @returns the context of the session; without one the reader is sent to /sign-in and this does not return.
 * @throws AppError `permission_denied` if the person is a member of no tenant.
 */
export async function pageCtx(): Promise<Ctx> {
  // Loaded here: these exist inside Next only, and this module's face is also read by the server and by tests.
  const [{ headers }, { redirect }] = await Promise.all([
    import("next/headers.js"),
    import("next/navigation.js"),
  ]);
  const given = await headers();
  const db = await getDb();
  try {
    const cookie = new Headers({ cookie: given.get("cookie") ?? "" });
    const { tenant, actor, roles } = await authenticate(db, { headers: cookie });
    return { tenant, actor, roles, requestId: requestIdOf({ headers: new Headers(given) }), db };
  } catch (error) {
    if (isAppError(error) && error.code === "unauthenticated") redirect(signInPath(given.get("x-page-path")));
    throw error;
  }
}

function signInPath(from: string | null): string {
  return from && from !== "/" ? `/sign-in?callbackUrl=${encodeURIComponent(from)}` : "/sign-in";
}
