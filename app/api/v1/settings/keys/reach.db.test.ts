import { expect, test } from "vitest";
import { createApiKey, createUser } from "#lib/auth/index.ts";
import type { Role } from "#lib/context.ts";
import { uniqueId, withDatabase } from "#tests/factories.ts";
import { GET as getMe } from "../../me/route.ts";
import { POST as postKey } from "./route.ts";

withDatabase("the reach of a gateway key", ({ testCtx }) => {
  /** An administrator of two tenants, and a gateway key of the first that may even pass ROLE_ADMIN on. */
  async function setUp(roles: Role[] = ["ROLE_ADMIN"]) {
    const [here, there] = [await testCtx(), await testCtx()];
    const user = await createUser(here.db, { email: `${uniqueId("u")}@example.org` });
    for (const { tenant } of [here, there])
      await here.db.membership.create({
        data: { tenantId: tenant, userId: user.id, roles: ["ROLE_ADMIN"] },
      });
    const input = { name: "Gateway", kind: "gateway" as const, roles };
    const { secret } = await createApiKey({ ctx: here, input });
    const headers = {
      authorization: `Bearer ${secret}`,
      "x-tenant-id": here.tenant,
      "x-user-id": user.id,
      "content-type": "application/json",
    };
    return { here: here.tenant, there: there.tenant, headers };
  }

  test("ends at its tenants, though the person it speaks for goes further", async () => {
    const { here, there, headers } = await setUp();
    const make = async (tenants: string[]) => {
      const body = JSON.stringify({ name: "Wider", kind: "gateway", tenants });
      const request = new Request("http://localhost/api/v1/settings/keys", { method: "POST", headers, body });
      const response = await postKey(request);
      return [response.status, ((await response.json()) as { detail?: string }).detail];
    };
    expect(await make([here, there])).toEqual([400, expect.stringContaining("Sign in to make one")]);
    expect(await make([there])).toEqual([400, expect.stringContaining("Sign in to make one")]);
    expect(await make([here])).toEqual([201, undefined]);
    const me = await (await getMe(new Request("http://localhost/api/v1/me", { headers }))).json();
    expect(JSON.stringify(me)).not.toContain(there);
  });

  test("whoever is left without a role learns which header to look at", async () => {
    const { headers } = await setUp(["ROLE_DATA_ENGINEER"]);
    const response = await getMe(new Request("http://localhost/api/v1/me", { headers }));
    expect([response.status, await response.json()]).toEqual([
      403,
      expect.objectContaining({
        code: "permission_denied",
        detail: "You don't have permission. Contact your administrator.",
        issues: [expect.objectContaining({ code: "no_role_left", path: "/headers/X-User-Roles" })],
      }),
    ]);
  });
});
