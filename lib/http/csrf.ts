import { publicUrl } from "#lib/env.ts";
import { AppError } from "#lib/errors.ts";

/**
 * Refuses a request that another site made a browser send. Browsers say where a request comes from in
 * `Sec-Fetch-Site`, older ones in `Origin`; what sends neither is no browser and carries no one's cookies.
 * @throws AppError `csrf_refused`
 */
export function requireSameOrigin(headers: Headers): void {
  const site = headers.get("sec-fetch-site");
  if (site === "same-origin" || site === "none") return;
  const origin = headers.get("origin");
  if (site === null && origin === null) return;
  if (site === null && origin !== null && isOwn(origin, headers.get("host"))) return;
  throw new AppError("csrf_refused");
}

function isOwn(origin: string, host: string | null): boolean {
  if (!URL.canParse(origin)) return false;
  const url = new URL(origin);
  return url.host === host || url.origin === new URL(publicUrl()).origin;
}
