import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import pg from "pg";
import { expect, inject, test } from "vitest";
import { keyFingerprint } from "#lib/crypto.ts";
import { uniqueId, withDatabase } from "#tests/factories.ts";
import { createDestination } from "./create-destination.ts";
import { createTenant, ensureDemoTenant } from "./create-tenant.ts";
import { deleteDestination } from "./delete-destination.ts";
import { checkDeploymentKey } from "./deployment-key.ts";
import { getSettings } from "./get-settings.ts";
import { listDestinations } from "./list-destinations.ts";
import { loadDestination } from "./load-destination.ts";
import { connectDestination } from "./postgres-connection.ts";
import { testDestination, testDestinationDraft } from "./test-destination.ts";
import { updateDestination } from "./update-destination.ts";
import { updateSettings } from "./update-settings.ts";

const CONFIG = {
  host: "db.example.org",
  port: 5432,
  database: "sales",
  username: "loader",
  sslmode: "verify-full",
} as const;
const SECRET = "s3cret-of-the-loader";

withDatabase("settings", ({ database, testCtx }) => {
  test("flags are read by all and changed by administrators, on the record", async () => {
    const ctx = await testCtx();
    const engineer = { ...ctx, roles: ["ROLE_DATA_ENGINEER"] as const };
    expect((await getSettings({ ctx: engineer })).flowIrEnabled).toBe(true);
    await expect(updateSettings({ ctx: engineer, input: { flowIrEnabled: false } })).rejects.toMatchObject({
      code: "permission_denied",
    });
    const after = await updateSettings({ ctx, input: { flowIrEnabled: false, name: "Mill" } });
    const tenantId = ctx.tenant;
    expect(after).toEqual({ tenantId, name: "Mill", flowIrEnabled: false, runsAtOnce: null });
    const limited = await updateSettings({ ctx, input: { runsAtOnce: 3 } });
    expect(limited).toEqual({ ...after, runsAtOnce: 3 });
    expect(await updateSettings({ ctx, input: { runsAtOnce: null } })).toEqual(after);
    const [row] = await ctx.db.auditLog.findMany({
      where: { tenantId: ctx.tenant },
      include: { content: true },
    });
    expect(row?.content).toMatchObject({ before: { flowIrEnabled: true }, after: { flowIrEnabled: false } });
  });

  test("a tenant comes with a workspace and flags, once", async () => {
    const { db } = database();
    const id = uniqueId("t");
    await createTenant(db, { id, name: "Mill", flowIrEnabled: true });
    await expect(createTenant(db, { id, name: "Other" })).rejects.toMatchObject({ code: "already_exists" });
    expect(await db.workspace.count({ where: { tenantId: id } })).toBe(1);
    await expect(createTenant(db, { id: "Bad Id", name: "x" })).rejects.toThrow();
    // Where there are tenants already, the demo tenant is not added to them. (Other tests may have made it.)
    const demo = () => db.tenant.count({ where: { id: "t_demo" } });
    const before = await demo();
    expect(await ensureDemoTenant(db)).toBe(before === 1);
    expect(await demo()).toBe(before);
  });

  test("a destination's password is sealed, bound to its row and shown to nobody", async () => {
    const [ctx, other] = [await testCtx(), await testCtx()];
    const input = { name: "sales", config: CONFIG, password: SECRET };
    const made = await createDestination({ ctx, input });
    const twin = await createDestination({ ctx: other, input: { ...input, password: "other" } });
    await expect(createDestination({ ctx, input })).rejects.toMatchObject({ code: "already_exists" });
    expect(await loadDestination({ ctx, name: "sales" })).toMatchObject({ id: made.id, password: SECRET });
    const stored = await ctx.db.destination.findUniqueOrThrow({ where: { id: made.id } });
    expect(Buffer.from(stored.secret).toString("latin1")).not.toContain(SECRET);
    const shown = JSON.stringify([made, await listDestinations({ ctx })]);
    expect(shown).not.toContain(SECRET);
    expect(shown).not.toContain("secret");
    await ctx.db.destination.update({ where: { id: twin.id }, data: { secret: stored.secret } });
    await expect(loadDestination({ ctx: other, name: "sales" })).rejects.toThrow();
    await expect(loadDestination({ ctx, name: "none" })).rejects.toMatchObject({
      code: "destination_not_found",
    });
  });

  test("a kept password goes nowhere else", async () => {
    const ctx = await testCtx();
    const { id } = await createDestination({
      ctx,
      input: { name: "sales", config: CONFIG, password: SECRET },
    });
    for (const change of [
      { host: "evil.example" },
      { port: 1 },
      { sslmode: "disable" as const },
      { username: "x" },
    ])
      await expect(
        updateDestination({ ctx, id, input: { config: { ...CONFIG, ...change } } }),
      ).rejects.toMatchObject({
        code: "bad_request",
      });
    const moved = { config: { ...CONFIG, schema: "mart", database: "other" } };
    expect((await updateDestination({ ctx, id, input: moved })).config.schema).toBe("mart");
    expect((await loadDestination({ ctx, name: "sales" })).password).toBe(SECRET);
    const elsewhere = { config: { ...CONFIG, host: "new.example" }, password: "new" };
    await updateDestination({ ctx, id, input: elsewhere });
    expect(await loadDestination({ ctx, name: "sales" })).toMatchObject({ password: "new" });
    await deleteDestination({ ctx, id });
    await expect(deleteDestination({ ctx, id })).rejects.toMatchObject({ code: "destination_not_found" });
    const contents = await ctx.db.auditContent.findMany({ where: { tenantId: ctx.tenant } });
    expect(contents).toHaveLength(4);
    expect(JSON.stringify(contents)).not.toContain(SECRET);
  });

  test("refuses a node with another secret key", async () => {
    const { db } = database();
    await db.deployment.deleteMany();
    await checkDeploymentKey(db, false);
    await checkDeploymentKey(db, false);
    await db.deployment.updateMany({ data: { value: "0123456789abcdef" } });
    await expect(checkDeploymentKey(db, false)).rejects.toThrow(keyFingerprint());
    await checkDeploymentKey(db, true);
    await db.deployment.deleteMany();
  });
});

const server = inject("postgresUrl");

withDatabase("trying a destination", ({ testCtx }) => {
  const url = new URL(server ?? "postgres://u@127.0.0.1:1/postgres");
  const good = {
    host: url.hostname,
    port: Number(url.port),
    database: url.pathname.slice(1) || "postgres",
    username: decodeURIComponent(url.username),
    sslmode: "disable" as const,
  };
  const password = decodeURIComponent(url.password);
  const tryIt = async (config: object, secret = password) =>
    testDestinationDraft({
      ctx: await testCtx(),
      input: { config: { ...good, ...config }, password: secret },
    });
  const last = (result: Awaited<ReturnType<typeof tryIt>>) => result.stages.at(-1);

  test.skipIf(!server)("goes through all stages of a working one", async () => {
    const ctx = await testCtx();
    const { id } = await createDestination({ ctx, input: { name: "there", config: good, password } });
    const result = await testDestination({ ctx, id });
    expect(result.stages.filter((stage) => !stage.ok)).toEqual([]);
    expect(result.ok).toBe(true);
    expect(result.stages.map((stage) => stage.stage)).toEqual([
      "resolve",
      "connect",
      "tls",
      "authenticate",
      "database",
      "privileges",
    ]);
    const client = await connectDestination(await loadDestination({ ctx, name: "there" }));
    expect((await client.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
    await client.end();
  });

  test.skipIf(!server)("says what is wrong and which field to fix", async () => {
    expect(last(await tryIt({ host: "no-such-host.invalid" }))).toMatchObject({
      stage: "resolve",
      ok: false,
      field: "host",
    });
    expect(last(await tryIt({ host: "169.254.169.254" }))).toMatchObject({ stage: "resolve", field: "host" });
    expect(last(await tryIt({ sslmode: "require" }))).toMatchObject({ stage: "tls", field: "sslmode" });
    expect(last(await tryIt({ database: "no_such_database" }))).toMatchObject({
      stage: "database",
      field: "database",
    });
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    expect(last(await tryIt({ host: "127.0.0.1", port }))).toMatchObject({ stage: "connect", field: "port" });
  });

  test.skipIf(!server)("tells a wrong user, a wrong password and missing rights apart", async () => {
    const role = uniqueId("r");
    const admin = new pg.Client({ connectionString: server });
    await admin.connect();
    try {
      await admin.query(`create role "${role}" login password 'right'`);
      const poor = last(await tryIt({ username: role }, "right"));
      expect(poor).toMatchObject({ stage: "privileges", ok: false, field: "username" });
      expect(poor?.message).toContain("GRANT USAGE, CREATE ON SCHEMA");
      const missing = last(await tryIt({ username: role, schema: "not_there" }, "right"));
      expect(missing?.message).toContain("does not exist");
      expect(last(await tryIt({ username: `${role}_x` }, "right"))?.stage).toBe("authenticate");
    } finally {
      await admin.query(`drop role "${role}"`);
      await admin.end();
    }
  });

  test.each(["HTTP/1.1 400 Bad Request\r\n\r\n", ""])(
    "notices a server that speaks something else: %j",
    async (words) => {
      const other = createServer((socket) => {
        socket.on("error", () => socket.destroy());
        socket.resume().once("data", () => socket.end(words));
      });
      await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
      try {
        const { port } = other.address() as AddressInfo;
        expect(last(await tryIt({ host: "127.0.0.1", port, sslmode: "require" }))).toMatchObject({
          stage: "tls",
          ok: false,
        });
      } finally {
        await new Promise((resolve) => other.close(resolve));
      }
    },
  );
});
