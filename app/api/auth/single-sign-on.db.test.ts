import "next/dist/server/node-environment-baseline.js";
import { workAsyncStorage } from "next/dist/server/app-render/work-async-storage.external.js";
import { workUnitAsyncStorage } from "next/dist/server/app-render/work-unit-async-storage.external.js";
import { HeadersAdapter } from "next/dist/server/web/spec-extension/adapters/headers.js";
import { RequestCookiesAdapter } from "next/dist/server/web/spec-extension/adapters/request-cookies.js";
import { RequestCookies } from "next/dist/server/web/spec-extension/cookies.js";
import { NextRequest } from "next/server.js";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { authenticate, createUser } from "#lib/auth/index.ts";
import { env, settlePort } from "#lib/env.ts";
import { uniqueId, withDatabase } from "#tests/factories.ts";
import { type OpenidProvider, startOpenidProvider } from "#tests/openid-provider.ts";
import { GET, POST } from "./[...nextauth]/route.ts";

const HOME = "http://penstock.localhost:3000";
const CLIENT = { id: "penstock", secret: "of-the-client", redirectUri: `${HOME}/api/auth/callback/oidc` };

/** A browser as far as it matters here: it keeps cookies and calls next-auth's own route. */
class Browser {
  readonly cookies = new Map<string, string>();

  async open(address: string, form?: Record<string, string>): Promise<Response> {
    const url = new URL(address, HOME);
    const headers = new Headers({ host: url.host, cookie: this.header() });
    const body = form && new URLSearchParams(form).toString();
    if (body) headers.set("content-type", "application/x-www-form-urlencoded");
    const request = new NextRequest(url, { method: form ? "POST" : "GET", headers, body });
    const params = Promise.resolve({ nextauth: url.pathname.split("/").slice(3) });
    const response = await inRequest(headers, () => (form ? POST : GET)(request, { params }));
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value) this.cookies.set(name, value);
      else this.cookies.delete(name);
    }
    return response;
  }

  header(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  /** Presses "Continue with single sign-on". @returns where the browser is sent. */
  async begin(): Promise<string> {
    const { csrfToken } = (await (await this.open("/api/auth/csrf")).json()) as { csrfToken: string };
    const response = await this.open("/api/auth/signin/oidc", { csrfToken, callbackUrl: `${HOME}/data` });
    return response.headers.get("location") ?? "";
  }

  /** Goes to the provider and comes back. @returns where the browser is sent in the end. */
  async signIn(): Promise<string> {
    const atProvider = await fetch(await this.begin(), { redirect: "manual" });
    const back = atProvider.headers.get("location") ?? "";
    return (await this.open(back)).headers.get("location") ?? "";
  }
}

/** Next hands headers and cookies to a route through these stores; next-auth reads them there. */
function inRequest<T>(headers: Headers, run: () => Promise<T>): Promise<T> {
  const unit = {
    type: "request",
    phase: "render",
    headers: HeadersAdapter.seal(headers),
    cookies: RequestCookiesAdapter.seal(new RequestCookies(headers)),
  };
  return workAsyncStorage.run({ route: "/api/auth" } as never, () =>
    workUnitAsyncStorage.run(unit as never, run),
  );
}

withDatabase("single sign-on", ({ database, testCtx }) => {
  let provider: OpenidProvider;

  beforeAll(async () => {
    provider = await startOpenidProvider(CLIENT);
  });
  beforeEach(() => {
    vi.unstubAllEnvs();
    Object.assign(provider, { person: {}, claims: {}, discovery: {}, seen: [], refusals: [] });
    configure(provider.issuer);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    settlePort(env().PORT);
    await provider.stop();
  });

  function configure(issuer: string): void {
    vi.stubEnv("PENSTOCK_URL", HOME);
    vi.stubEnv("NEXTAUTH_URL", HOME);
    vi.stubEnv("OIDC_ISSUER", issuer);
    vi.stubEnv("OIDC_CLIENT_ID", CLIENT.id);
    vi.stubEnv("OIDC_CLIENT_SECRET", CLIENT.secret);
    settlePort(3000);
  }

  async function newMember() {
    const ctx = await testCtx();
    const user = await createUser(ctx.db, { email: `${uniqueId("u")}@example.org` });
    const roles = ["ROLE_VIEWER"];
    await ctx.db.membership.create({ data: { tenantId: ctx.tenant, userId: user.id, roles } });
    return { ...user, tenant: ctx.tenant };
  }

  test("a member comes in by their verified address, and by their subject from then on", async () => {
    const member = await newMember();
    const sub = uniqueId("sub");
    provider.person = { sub, email: member.email.toUpperCase(), email_verified: true };
    const browser = new Browser();
    expect(await browser.signIn()).toBe(`${HOME}/data`);
    expect(provider.refusals).toEqual([]);
    expect(provider.seen).toEqual(expect.arrayContaining(["/authorize", "/token", "/jwks"]));
    const headers = new Headers({ cookie: browser.header() });
    expect(await authenticate(database().db, { headers })).toMatchObject({
      tenant: member.tenant,
      actor: { id: member.id },
      roles: ["ROLE_VIEWER"],
      via: "session",
    });
    provider.person = { sub, email: "moved@example.org", email_verified: false };
    expect(await new Browser().signIn()).toBe(`${HOME}/data`);
    expect(await database().db.account.count({ where: { userId: member.id } })).toBe(1);
  });

  test("whoever is no member is sent back with the reason, and leaves no account behind", async () => {
    const { db } = database();
    const email = `${uniqueId("u")}@example.org`;
    provider.person = { sub: uniqueId("sub"), email, email_verified: true };
    const browser = new Browser();
    expect(await browser.signIn()).toBe(`${HOME}/sign-in?error=not_a_member`);
    expect(browser.header()).not.toContain("session-token");
    expect(await db.user.count({ where: { email } })).toBe(0);
    const member = await newMember();
    provider.person = { sub: uniqueId("sub"), email: member.email, email_verified: false };
    expect(await new Browser().signIn()).toBe(`${HOME}/sign-in?error=email_not_verified`);
    provider.person = { sub: uniqueId("sub"), email: member.email, email_verified: true };
    expect(await new Browser().signIn()).toBe(`${HOME}/data`);
    await db.membership.deleteMany({ where: { userId: member.id } });
    expect(await new Browser().signIn()).toBe(`${HOME}/sign-in?error=not_a_member`);
  });

  test.each([
    ["another nonce", { nonce: "of-someone-else" }],
    ["another audience", { aud: "other-client" }],
    ["another issuer", { iss: "https://other.example" }],
    ["a time that is over", { exp: 1 }],
  ])("an id token with %s lets nobody in", async (_what, claims) => {
    const { email } = await newMember();
    provider.person = { sub: uniqueId("sub"), email, email_verified: true };
    provider.claims = claims;
    const browser = new Browser();
    expect(await browser.signIn()).toContain("error=OAuthCallback");
    expect(browser.header()).not.toContain("session-token");
  });

  test("a code that another browser fetched is of no use", async () => {
    const { email } = await newMember();
    provider.person = { sub: uniqueId("sub"), email, email_verified: true };
    const [one, other] = [new Browser(), new Browser()];
    await other.begin();
    const back = (await fetch(await one.begin(), { redirect: "manual" })).headers.get("location") ?? "";
    expect((await other.open(back)).headers.get("location")).toContain("error=OAuthCallback");
    expect(other.header()).not.toContain("session-token");
    expect(provider.seen).not.toContain("/token");
  });

  describe("away from the machine it was tried on", () => {
    /** As with a server: private addresses are refused unless the operator lists them. */
    function hosted(allow: string): void {
      vi.stubEnv("DATABASE_URL", "postgres://nobody@192.0.2.1/none");
      vi.stubEnv("PENSTOCK_SECRET_KEY", "a-secret-key-for-the-tests-of-sign-on");
      vi.stubEnv("PENSTOCK_OUTBOUND_ALLOW", allow);
      configure(provider.issuer);
    }

    test("an issuer that may not be reached is not asked", async () => {
      hosted("");
      expect(await new Browser().begin()).toContain("error=OAuthSignin");
      expect(provider.seen).toEqual([]);
    });

    test("nor is an endpoint that the issuer names", async () => {
      hosted("localhost");
      const { email } = await newMember();
      provider.person = { sub: uniqueId("sub"), email, email_verified: true };
      expect(await new Browser().signIn()).toBe(`${HOME}/data`);
      provider.seen = [];
      provider.discovery = { token_endpoint: `${provider.bareAddress}/token` };
      expect(await new Browser().signIn()).toContain("error=OAuthCallback");
      expect(provider.seen).toEqual(expect.arrayContaining(["/authorize"]));
      expect(provider.seen).not.toContain("/token");
    });
  });
});
