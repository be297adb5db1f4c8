import { randomBytes } from "node:crypto";
import { type NextRequest, NextResponse } from "next/server";
import { secureCookies, sessionCookieName } from "#lib/auth/index.ts";
import { env } from "#lib/env.ts";

/** Pages that are shown to people who are not signed in. */
const OPEN = new Set(["/sign-in"]);

/**
 * Runs before every page: headers, and a cheap look whether there is a session cookie at all. Who the person is and
 * what they may do is decided where the data is read, never here.
 */
export function proxy(request: NextRequest): NextResponse {
  const { pathname, search } = request.nextUrl;
  const name = sessionCookieName();
  const signedIn = request.cookies.has(name) || request.cookies.has(`${name}.0`);
  if (!signedIn && !OPEN.has(pathname)) {
    const to = request.nextUrl.clone();
    to.pathname = "/sign-in";
    to.search = pathname === "/" ? "" : `?callbackUrl=${encodeURIComponent(pathname + search)}`;
    return withHeaders(NextResponse.redirect(to));
  }
  const nonce = randomBytes(16).toString("base64");
  const policy = contentSecurityPolicy(nonce);
  const headers = new Headers(request.headers);
  headers.set("x-nonce", nonce);
  headers.set("x-page-path", pathname + search);
  headers.set("content-security-policy", policy);
  const response = withHeaders(NextResponse.next({ request: { headers } }));
  response.headers.set("content-security-policy", policy);
  return response;
}

function contentSecurityPolicy(nonce: string): string {
  const dev = env().NODE_ENV === "development";
  return [
    "default-src 'self'",
    // React rebuilds server stacks with eval while developing; never in production.
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${dev ? " 'unsafe-eval'" : ""}`,
    `style-src 'self' 'nonce-${nonce}'`,
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}

function withHeaders(response: NextResponse): NextResponse {
  const { headers } = response;
  headers.set("x-content-type-options", "nosniff");
  headers.set("x-frame-options", "DENY");
  headers.set("referrer-policy", "same-origin");
  headers.set("cross-origin-opener-policy", "same-origin");
  headers.set("permissions-policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()");
  if (secureCookies()) headers.set("strict-transport-security", "max-age=31536000; includeSubDomains");
  return response;
}

/** Pages only. The API's doors set their own headers, and a body that passes here would be cut at a limit of Next's. */
export const config = {
  matcher: ["/((?!api/|v1/|_next/|healthz|readyz|.*\\.(?:svg|png|ico|txt|woff2|webmanifest)$).*)"],
};
