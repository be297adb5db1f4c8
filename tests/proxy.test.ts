import { unstable_doesMiddlewareMatch as doesMatch } from "next/experimental/testing/server.js";
import { NextRequest } from "next/server.js";
import { afterEach, expect, test, vi } from "vitest";
import { settlePort } from "#lib/env.ts";
import { config, proxy } from "../proxy.ts";

const HOME = "http://localhost:3000";
const SESSION = "next-auth.session-token=abc";

function page(path: string, cookie = SESSION): Response {
  return proxy(new NextRequest(new URL(path, HOME), { headers: { cookie } }));
}
/** What the page behind is told by a header that the proxy set. */
const told = (response: Response, name: string) => response.headers.get(`x-middleware-request-${name}`);

afterEach(() => {
  vi.unstubAllEnvs();
  settlePort(3000);
});

test("who has no session goes to sign in, and comes back to where they were going", () => {
  const away = page("/data/pipelines?page=2&q=a b", "");
  expect(away.status).toBe(307);
  expect(away.headers.get("location")).toBe(
    `${HOME}/sign-in?callbackUrl=${encodeURIComponent("/data/pipelines?page=2&q=a%20b")}`,
  );
  expect(page("/", "").headers.get("location")).toBe(`${HOME}/sign-in`);
  expect(page("/data", "other=1").status).toBe(307);
  expect(page("/sign-in", "").status).toBe(200);
  for (const cookie of [SESSION, "next-auth.session-token.0=part"])
    expect(page("/data", cookie).status).toBe(200);
});

test("over TLS only the cookie that TLS protects counts, and the browser is told to stay there", () => {
  expect(page("/").headers.get("strict-transport-security")).toBeNull();
  vi.stubEnv("PENSTOCK_URL", "https://penstock.example");
  settlePort(3000);
  expect(page("/data").status).toBe(307);
  const there = page("/data", `__Secure-${SESSION}`);
  expect(there.status).toBe(200);
  expect(there.headers.get("strict-transport-security")).toContain("max-age=");
});

test("every answer, redirects too, carries the headers that keep a page to itself", () => {
  for (const { headers } of [page("/"), page("/data", ""), page("/sign-in", "")]) {
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("x-frame-options")).toBe("DENY");
    expect(headers.get("referrer-policy")).toBe("same-origin");
    expect(headers.get("cross-origin-opener-policy")).toBe("same-origin");
    expect(headers.get("permissions-policy")).toContain("camera=()");
  }
});

test("scripts run by a nonce that is new with each request and the same for page and browser", () => {
  const nonces = Array.from({ length: 20 }, () => {
    const answer = page("/");
    const policy = answer.headers.get("content-security-policy") ?? "";
    const nonce = /script-src 'self' 'nonce-([A-Za-z0-9+/]{22}==)' 'strict-dynamic';/.exec(policy)?.[1];
    expect(policy).not.toContain("unsafe-eval");
    expect(policy).toContain(`style-src 'self' 'nonce-${nonce}'`);
    for (const rule of ["object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"])
      expect(policy).toContain(rule);
    expect(told(answer, "x-nonce")).toBe(nonce);
    expect(told(answer, "content-security-policy")).toBe(policy);
    return nonce;
  });
  expect(new Set(nonces).size).toBe(20);
});

test("what a client says in our own headers is written over", () => {
  const headers = { cookie: SESSION, "x-nonce": "chosen", "x-page-path": "/elsewhere" };
  const answer = proxy(new NextRequest(`${HOME}/data?x=1`, { headers }));
  expect(told(answer, "x-nonce")).not.toBe("chosen");
  expect(told(answer, "x-page-path")).toBe("/data?x=1");
});

test.each(["/", "/data/pipelines", "/sign-in", "/settings", "/apix", "/healthy"])(
  "pages pass: %s",
  (path) => {
    expect(doesMatch({ config, nextConfig: {}, url: path })).toBe(true);
  },
);

test.each([
  "/api/v1/pipelines",
  "/api/auth/session",
  "/v1/ingest/events",
  "/_next/static/chunk.js",
  "/healthz",
  "/readyz",
  "/icon.svg",
])("what is no page is left alone: %s", (path) => {
  expect(doesMatch({ config, nextConfig: {}, url: path })).toBe(false);
});
