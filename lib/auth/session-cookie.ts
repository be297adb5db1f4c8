import { decode } from "next-auth/jwt";
import { keyFor } from "#lib/crypto.ts";
import { publicUrl } from "#lib/env.ts";

/** True if people reach this deployment over TLS: cookies are then Secure. */
export function secureCookies(): boolean {
  return publicUrl().startsWith("https://");
}

/** The name of the session cookie. */
export function sessionCookieName(): string {
  return `${secureCookies() ? "__Secure-" : ""}next-auth.session-token`;
}

/** The cookie that remembers which of a person's tenants is active. It is a wish: membership decides. */
export const TENANT_COOKIE = "penstock-tenant";

/** The secret that session tokens are encrypted under. */
export function sessionSecret(): string {
  return keyFor("session").toString("base64");
}

/** The cookies of a request, by name. The first of several equal names counts. */
export function readCookies(headers: Headers): Map<string, string> {
  const cookies = new Map<string, string>();
  for (const part of (headers.get("cookie") ?? "").split(";")) {
    const at = part.indexOf("=");
    const name = part.slice(0, Math.max(at, 0)).trim();
    if (!name || cookies.has(name)) continue;
    cookies.set(name, decodeCookie(part.slice(at + 1).trim()));
  }
  return cookies;
}

function decodeCookie(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** The user id inside a valid session cookie. Large tokens come in numbered chunks, as next-auth writes them. */
export async function sessionUserId(cookies: Map<string, string>): Promise<string | undefined> {
  const name = sessionCookieName();
  const chunks = [...cookies.keys()]
    .filter((key) => key.startsWith(`${name}.`))
    .sort((a, b) => Number(a.slice(name.length + 1)) - Number(b.slice(name.length + 1)));
  const token = cookies.get(name) ?? chunks.map((key) => cookies.get(key)).join("");
  if (!token) return undefined;
  try {
    return (await decode({ token, secret: sessionSecret() }))?.sub;
  } catch {
    return undefined;
  }
}
