import { expect, test } from "vitest";
import { getDb } from "#lib/db.ts";
import { withDatabase } from "./factories.ts";

withDatabase("each test", ({ engine, database, testCtx }) => {
  test("has a tenant of its own", async () => {
    const [one, other] = [await testCtx(), await testCtx()];
    expect(one.tenant).not.toBe(other.tenant);
    expect(await one.db.workspace.count({ where: { tenantId: one.tenant } })).toBe(1);
  });

  test("runs on the engine it names", async () => {
    const { rows } = await database().pool.query<{ version: string }>("select version()");
    expect(Boolean(database().lite)).toBe(engine === "embedded");
    expect(rows[0]?.version).toContain("PostgreSQL");
    expect(await getDb()).toBe(database().db);
  });
});
