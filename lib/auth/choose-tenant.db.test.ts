import { encode } from "next-auth/jwt";
import { afterEach, expect, test, vi } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { settlePort } from "#lib/env.ts";
import { uniqueId, withDatabase } from "#tests/factories.ts";
import { authenticate } from "./authenticate.ts";
import { chooseTenant } from "./choose-tenant.ts";
import { createUser } from "./create-user.ts";
import { sessionCookieName, sessionSecret, TENANT_COOKIE } from "./session-cookie.ts";

withDatabase("choosing a tenant", ({ database, testCtx }) => {
  afterEach(() => {
    vi.unstubAllEnvs();
    settlePort(3000);
  });

  async function person() {
    const [first, second, foreign] = [await testCtx(), await testCtx(), await testCtx()];
    const { db } = database();
    const { id } = await createUser(db, { email: `${uniqueId("u")}@example.org` });
    for (const [n, { tenant }] of [first, second].entries())
      await db.membership.create({
        data: { tenantId: tenant, userId: id, roles: ["ROLE_VIEWER"], createdAt: new Date(n) },
      });
    const ctx: Ctx = { ...first, actor: { id, kind: "user" }, roles: ["ROLE_VIEWER"] };
    const token = await encode({ token: { sub: id }, secret: sessionSecret() });
    /** The tenant that a browser with this cookie works in. */
    const worksIn = async (cookie: string) => {
      const pair = cookie.split(";")[0];
      const headers = new Headers({ cookie: `${sessionCookieName()}=${token}; ${pair}` });
      return (await authenticate(db, { headers })).tenant;
    };
    return { ctx, id, first: first.tenant, second: second.tenant, foreign: foreign.tenant, worksIn };
  }

  test("the cookie leads every later request there, for as long as the membership lasts", async () => {
    const { ctx, id, first, second, worksIn } = await person();
    const { cookie } = await chooseTenant({ ctx, input: { tenantId: second } });
    expect(await worksIn(cookie)).toBe(second);
    expect(await worksIn("none=1")).toBe(first);
    await database().db.membership.deleteMany({ where: { userId: id, tenantId: second } });
    expect(await worksIn(cookie)).toBe(first);
  });

  test("a tenant of others, or none, cannot be chosen, and its cookie written by hand leads nowhere", async () => {
    const { ctx, first, foreign, worksIn } = await person();
    for (const tenantId of [foreign, "t_not_there"])
      await expect(chooseTenant({ ctx, input: { tenantId } })).rejects.toMatchObject({
        code: "tenant_mismatch",
      });
    await expect(chooseTenant({ ctx, input: { tenantId: "" } })).rejects.toThrow();
    expect(await worksIn(`${TENANT_COOKIE}=${foreign}`)).toBe(first);
  });

  test("no script reads the cookie, no other site sends it, and over TLS it stays there", async () => {
    const { ctx, second } = await person();
    const { cookie } = await chooseTenant({ ctx, input: { tenantId: second } });
    expect(cookie).toMatch(/; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+$/);
    vi.stubEnv("PENSTOCK_URL", "https://penstock.example");
    settlePort(3000);
    expect((await chooseTenant({ ctx, input: { tenantId: second } })).cookie).toMatch(/; Secure$/);
  });
});
