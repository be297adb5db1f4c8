import { encode } from "next-auth/jwt";
import { expect, test } from "vitest";
import type { Role } from "#lib/context.ts";
import { keyFor } from "#lib/crypto.ts";
import { uniqueId, withDatabase } from "#tests/factories.ts";
import { createApiKey, listApiKeys, revokeApiKey } from "./api-keys.ts";
import { authenticate } from "./authenticate.ts";
import { createUser } from "./create-user.ts";
import { sessionCookieName, TENANT_COOKIE } from "./session-cookie.ts";

withDatabase("who is asking", ({ database, testCtx }) => {
  const ask = (headers: Record<string, string>) =>
    authenticate(database().db, { headers: new Headers(headers) });
  const refused = (code: string) => expect.objectContaining({ code });

  async function person(memberships: Record<string, Role[]>) {
    const { db } = database();
    const user = await createUser(db, { email: `${uniqueId("u")}@example.org`, name: "Someone" });
    for (const [tenantId, roles] of Object.entries(memberships))
      await db.membership.create({ data: { tenantId, userId: user.id, roles } });
    const token = await encode({ token: { sub: user.id }, secret: keyFor("session").toString("base64") });
    return { ...user, cookie: `${sessionCookieName()}=${token}` };
  }

  test("a key is its tenant's, in header as in fact", async () => {
    const ctx = await testCtx();
    const key = await createApiKey({
      ctx,
      input: { name: "K", roles: ["ROLE_DATA_ENGINEER", "ROLE_VIEWER"] },
    });
    const authorization = `Bearer ${key.secret}`;
    const plain = await ask({ authorization });
    expect(plain).toMatchObject({ tenant: ctx.tenant, actor: { id: key.id, kind: "key" }, via: "key" });
    expect((await ask({ authorization, "x-tenant-id": ctx.tenant, "x-user-id": key.id })).tenant).toBe(
      ctx.tenant,
    );
    await expect(ask({ authorization, "x-tenant-id": "t_other" })).rejects.toEqual(
      refused("tenant_mismatch"),
    );
    await expect(ask({ authorization, "x-user-id": "u1" })).rejects.toEqual(refused("permission_denied"));
    await expect(ask({ authorization, "x-tenant-id": "a b" })).rejects.toEqual(refused("bad_request"));
  });

  test("X-User-Roles only narrows", async () => {
    const ctx = await testCtx();
    const key = await createApiKey({
      ctx,
      input: { name: "K", roles: ["ROLE_DATA_ENGINEER", "ROLE_VIEWER"] },
    });
    const roles = async (claimed: string) =>
      (await ask({ authorization: `Bearer ${key.secret}`, "x-user-roles": claimed })).roles;
    expect(await roles("ROLE_VIEWER")).toEqual(["ROLE_VIEWER"]);
    expect(await roles("ROLE_ADMIN, ROLE_VIEWER,nonsense")).toEqual(["ROLE_VIEWER"]);
    expect(await roles("ROLE_ADMIN")).toEqual([]);
    expect(await roles("")).toEqual([]);
  });

  test("no key, a wrong one, a revoked one and an expired one are nobody", async () => {
    const ctx = await testCtx();
    const { id, secret } = await createApiKey({ ctx, input: { name: "K", expiresInDays: 1 } });
    const authorization = `Bearer ${secret}`;
    const expired = await createApiKey({ ctx, input: { name: "E", expiresInDays: 1 } });
    const expiresAt = new Date(Date.now() - 1);
    await ctx.db.apiKey.update({ where: { id: expired.id }, data: { expiresAt } });
    await expect(ask({ authorization: `Bearer ${expired.secret}` })).rejects.toEqual(
      refused("unauthenticated"),
    );
    expect((await ask({ authorization })).tenant).toBe(ctx.tenant);
    await revokeApiKey({ ctx, id });
    await expect(ask({ authorization })).rejects.toEqual(refused("unauthenticated"));
    for (const headers of [
      {},
      { authorization: "Basic dTpw" },
      { authorization: `Bearer ${secret}x` },
      { authorization: "" },
    ])
      await expect(ask(headers as Record<string, string>)).rejects.toEqual(refused("unauthenticated"));
  });

  test("a secret is stored nowhere and its last use is noted", async () => {
    const ctx = await testCtx();
    const { id, secret } = await createApiKey({ ctx, input: { name: "K" } });
    await ask({ authorization: `Bearer ${secret}` });
    const read = () => ctx.db.apiKey.findUniqueOrThrow({ where: { id } });
    await expect.poll(async () => (await read()).lastUsedAt).not.toBeNull();
    const row = await read();
    expect(JSON.stringify(row)).not.toContain(secret);
    const logs = await ctx.db.auditContent.findMany({ where: { tenantId: ctx.tenant } });
    expect(JSON.stringify(logs)).not.toContain(secret);
    expect(JSON.stringify(await listApiKeys({ ctx }))).not.toContain(row.hash);
  });

  test("a gateway key speaks for users of its tenants, within its roles and theirs", async () => {
    const [ctx, other] = [await testCtx(), await testCtx()];
    const admin = await person({ [ctx.tenant]: ["ROLE_ADMIN"], [other.tenant]: ["ROLE_ADMIN"] });
    const maker = { ...ctx, actor: { id: admin.id, kind: "user" as const } };
    const tenants = [ctx.tenant, other.tenant];
    const { secret } = await createApiKey({ ctx: maker, input: { name: "G", kind: "gateway", tenants } });
    const authorization = `Bearer ${secret}`;
    const here = { authorization, "x-tenant-id": ctx.tenant };
    const viewer = await person({ [ctx.tenant]: ["ROLE_VIEWER"] });

    const roles = "ROLE_ADMIN,ROLE_DATA_ENGINEER,ROLE_VIEWER";
    const asStranger = await ask({ ...here, "x-user-id": "u-77", "x-user-roles": roles });
    expect(asStranger).toMatchObject({ actor: { id: "u-77", kind: "user" }, tenant: ctx.tenant });
    expect(asStranger.roles).toEqual(["ROLE_DATA_ENGINEER", "ROLE_VIEWER"]);
    expect((await ask({ ...here, "x-user-id": "u-77" })).roles).toEqual([]);
    expect((await ask({ ...here, "x-user-id": viewer.id, "x-user-roles": roles })).roles).toEqual([
      "ROLE_VIEWER",
    ]);
    expect((await ask({ ...here, "x-user-id": viewer.id })).roles).toEqual(["ROLE_VIEWER"]);
    const removed = { ...here, "x-tenant-id": other.tenant, "x-user-id": viewer.id, "x-user-roles": roles };
    expect((await ask(removed)).roles).toEqual([]);

    await expect(ask({ authorization })).rejects.toEqual(refused("bad_request"));
    await expect(ask({ ...here, "x-tenant-id": "t_third" })).rejects.toEqual(refused("tenant_mismatch"));
  });

  test("nobody makes a gateway into a tenant that they do not administer", async () => {
    const [ctx, other] = [await testCtx(), await testCtx()];
    const viewer = await person({ [ctx.tenant]: ["ROLE_ADMIN"], [other.tenant]: ["ROLE_VIEWER"] });
    const maker = { ...ctx, actor: { id: viewer.id, kind: "user" as const } };
    for (const kind of ["gateway", "api"] as const) {
      const input = { name: "G", kind, tenants: [ctx.tenant, other.tenant] };
      await expect(createApiKey({ ctx: maker, input })).rejects.toEqual(refused("bad_request"));
    }
    const asKey = { ...ctx, actor: { id: viewer.id, kind: "key" as const } };
    const input = { name: "G", kind: "gateway" as const, tenants: [other.tenant] };
    await expect(createApiKey({ ctx: asKey, input })).rejects.toEqual(refused("bad_request"));
  });

  test("a tenant can shut out another tenant's gateway without ending it", async () => {
    const [ctx, other] = [await testCtx(), await testCtx()];
    const admin = await person({ [ctx.tenant]: ["ROLE_ADMIN"], [other.tenant]: ["ROLE_ADMIN"] });
    const maker = { ...ctx, actor: { id: admin.id, kind: "user" as const } };
    const tenants = [ctx.tenant, other.tenant];
    const { id, secret } = await createApiKey({ ctx: maker, input: { name: "G", kind: "gateway", tenants } });
    expect((await listApiKeys({ ctx: other })).data.map((key) => key.id)).toContain(id);
    await revokeApiKey({ ctx: other, id });
    const authorization = `Bearer ${secret}`;
    expect((await ask({ authorization, "x-tenant-id": ctx.tenant })).tenant).toBe(ctx.tenant);
    await expect(ask({ authorization, "x-tenant-id": other.tenant })).rejects.toEqual(
      refused("tenant_mismatch"),
    );
  });

  test("a person's roles are their membership's, read each time", async () => {
    const ctx = await testCtx();
    const { id, cookie } = await person({ [ctx.tenant]: ["ROLE_ADMIN"] });
    expect(await ask({ cookie })).toMatchObject({
      tenant: ctx.tenant,
      roles: ["ROLE_ADMIN"],
      via: "session",
    });
    const where = { tenantId_userId: { tenantId: ctx.tenant, userId: id } };
    await ctx.db.membership.update({ where, data: { roles: ["ROLE_VIEWER"] } });
    expect((await ask({ cookie })).roles).toEqual(["ROLE_VIEWER"]);
    expect((await ask({ cookie, "x-user-roles": "ROLE_ADMIN" })).roles).toEqual([]);
    await ctx.db.membership.delete({ where });
    await expect(ask({ cookie })).rejects.toEqual(refused("permission_denied"));
    await ctx.db.user.delete({ where: { id } });
    await expect(ask({ cookie })).rejects.toEqual(refused("unauthenticated"));
  });

  test("a person chooses among their tenants, and among no others", async () => {
    const [one, two, third] = [await testCtx(), await testCtx(), await testCtx()];
    const { id, cookie } = await person({ [one.tenant]: ["ROLE_VIEWER"], [two.tenant]: ["ROLE_ADMIN"] });
    expect((await ask({ cookie, "x-tenant-id": two.tenant })).roles).toEqual(["ROLE_ADMIN"]);
    const chosen = (tenant: string) => `${cookie}; ${TENANT_COOKIE}=${tenant}`;
    expect((await ask({ cookie: chosen(two.tenant) })).tenant).toBe(two.tenant);
    expect((await ask({ cookie: chosen(third.tenant) })).tenant).toBe(one.tenant);
    expect((await ask({ cookie: chosen(two.tenant), "x-tenant-id": one.tenant })).tenant).toBe(one.tenant);
    await expect(ask({ cookie, "x-tenant-id": third.tenant })).rejects.toEqual(refused("tenant_mismatch"));
    await expect(ask({ cookie, "x-user-id": "someone-else" })).rejects.toEqual(refused("permission_denied"));
    expect((await ask({ cookie, "x-user-id": id })).actor.id).toBe(id);
  });

  test("a session cookie that was forged, or made with another secret, is nobody's", async () => {
    const ctx = await testCtx();
    const { id, cookie } = await person({ [ctx.tenant]: ["ROLE_ADMIN"] });
    const foreign = await encode({ token: { sub: id }, secret: "another secret altogether" });
    const expired = await encode({
      token: { sub: id },
      secret: keyFor("session").toString("base64"),
      maxAge: -60,
    });
    for (const token of [foreign, expired, "x.y.z", "", cookie.slice(-40)])
      await expect(ask({ cookie: `${sessionCookieName()}=${token}` })).rejects.toEqual(
        refused("unauthenticated"),
      );
    const [name, token = ""] = cookie.split(/=(.*)/s);
    const chunks = `${name}.1=${token.slice(50)}; ${name}.0=${token.slice(0, 50)}`;
    expect((await ask({ cookie: chunks })).actor.id).toBe(id);
  });
});
