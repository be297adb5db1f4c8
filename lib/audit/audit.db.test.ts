import { expect, test } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { REDACTED } from "#lib/redact.ts";
import { withDatabase } from "#tests/factories.ts";
import { type AuditEntry, emitAudit, emitAudits } from "./emit-audit.ts";
import { listAuditLogs } from "./list-audit-logs.ts";
import { verifyAuditLogs } from "./verify-audit-logs.ts";

withDatabase("the audit chain", ({ database, testCtx }) => {
  const write = (ctx: Ctx, entry: Partial<AuditEntry> = {}) =>
    ctx.db.$transaction((tx) =>
      emitAudit(tx, ctx, { action: "thing.saved", entityType: "thing", entityId: "x", ...entry }),
    );

  /** Changes what the triggers protect, as someone with the database's own rights could. */
  async function tamper(sql: string, values: unknown[]): Promise<void> {
    const client = await database().pool.connect();
    try {
      await client.query("begin");
      for (const table of ["AuditLog", "AuditContent", "AuditHead"])
        await client.query(`alter table "${table}" disable trigger user`);
      await client.query(sql, values);
      for (const table of ["AuditLog", "AuditContent", "AuditHead"])
        await client.query(`alter table "${table}" enable trigger user`);
      await client.query("commit");
    } finally {
      client.release();
    }
  }

  async function chainOf(rows: number): Promise<{ ctx: Ctx; ids: string[] }> {
    const ctx = await testCtx();
    const ids: string[] = [];
    for (let n = 0; n < rows; n++)
      ids.push(
        await write(ctx, { entityId: `x${n}`, entityName: `Thing ${n}`, after: { n, list: [1, 2.5, null] } }),
      );
    return { ctx, ids };
  }

  test("holds, also when many write at once", async () => {
    const ctx = await testCtx();
    await Promise.all(Array.from({ length: 12 }, (_, n) => write(ctx, { entityId: `x${n}` })));
    expect(await verifyAuditLogs({ ctx })).toMatchObject({
      intact: true,
      verified: 12,
      total: 12,
      scanned: 12,
    });
  });

  test("is empty and intact for a new tenant", async () => {
    const ctx = await testCtx();
    expect(await verifyAuditLogs({ ctx })).toMatchObject({ intact: true, verified: 0, total: 0, scanned: 0 });
  });

  test("is not written when its transaction is not", async () => {
    const ctx = await testCtx();
    await write(ctx);
    const failing = ctx.db.$transaction(async (tx) => {
      await emitAudit(tx, ctx, { action: "thing.saved", entityType: "thing", entityId: "y" });
      throw new Error("undone");
    });
    await expect(failing).rejects.toThrow("undone");
    await write(ctx);
    expect(await verifyAuditLogs({ ctx })).toMatchObject({ intact: true, total: 2 });
  });

  test("keeps content as any value comes back from the database", async () => {
    const ctx = await testCtx();
    const after = {
      z: 1e21,
      a: -0,
      big: 2n ** 70n,
      at: new Date(0),
      none: undefined,
      text: "é\0\ud800",
      deep: [[{}]],
    };
    await write(ctx, { before: "text", after, changes: [{ op: "add", path: "/a", value: null }] });
    expect(await verifyAuditLogs({ ctx })).toMatchObject({ intact: true });
  });

  test("notices an edited field", async () => {
    const { ctx, ids } = await chainOf(4);
    await tamper(`update "AuditLog" set "userId" = 'someone' where "id" = $1`, [ids[1]]);
    const verdict = await verifyAuditLogs({ ctx });
    expect(verdict).toMatchObject({ intact: false, verified: 1, scanned: 2, brokenAtId: ids[1] });
    expect(verdict.brokenReason).toBe("Row 2 was changed after it had been written.");
  });

  test("notices edited content", async () => {
    const { ctx, ids } = await chainOf(3);
    await tamper(`update "AuditContent" set "after" = '{"n":9}' where "auditLogId" = $1`, [ids[2]]);
    const verdict = await verifyAuditLogs({ ctx });
    expect(verdict).toMatchObject({ intact: false, brokenAtId: ids[2] });
    expect(verdict.brokenReason).toContain("content of row 3");
  });

  test("notices a deleted row in the middle", async () => {
    const { ctx, ids } = await chainOf(4);
    await tamper(`delete from "AuditLog" where "id" = $1`, [ids[1]]);
    const verdict = await verifyAuditLogs({ ctx });
    expect(verdict).toMatchObject({ intact: false, verified: 1, brokenAtId: ids[2] });
    expect(verdict.brokenReason).toContain("Row 2 is missing");
  });

  test("notices a tail that was cut off", async () => {
    const { ctx, ids } = await chainOf(4);
    await tamper(`delete from "AuditLog" where "id" = any($1)`, [ids.slice(2)]);
    const verdict = await verifyAuditLogs({ ctx });
    expect(verdict).toMatchObject({ intact: false, verified: 2, total: 4 });
    expect(verdict.brokenReason).toContain("tail was cut off");
  });

  test("notices two rows that changed places", async () => {
    const { ctx, ids } = await chainOf(4);
    await tamper(
      `update "AuditLog" a set "seq" = b."seq" + 100 from "AuditLog" b where a."id" = any($1) and b."id" = any($1) and a."id" <> b."id"`,
      [ids.slice(1, 3)],
    );
    await tamper(`update "AuditLog" set "seq" = "seq" - 100 where "id" = any($1)`, [ids.slice(1, 3)]);
    const verdict = await verifyAuditLogs({ ctx });
    expect(verdict).toMatchObject({ intact: false, verified: 1, brokenAtId: ids[2] });
    expect(verdict.brokenReason).toContain("does not follow");
  });

  test("notices rows beyond the head, and a head that was set back over them", async () => {
    const { ctx, ids } = await chainOf(3);
    await tamper(
      `update "AuditHead" set "seq" = 2, "hash" = (select "integrityHash" from "AuditLog" where "id" = $2) where "tenantId" = $1`,
      [ctx.tenant, ids[1]],
    );
    const verdict = await verifyAuditLogs({ ctx });
    expect(verdict.intact).toBe(false);
    expect(verdict.brokenReason).toContain("beyond the head");
  });

  test("stays intact when content is erased, and says so", async () => {
    const { ctx, ids } = await chainOf(3);
    await ctx.db.auditContent.delete({ where: { auditLogId: ids[1] ?? "" } });
    expect(await verifyAuditLogs({ ctx })).toMatchObject({ intact: true, verified: 3, erased: 1 });
    const { logs } = await listAuditLogs({ ctx, input: {} });
    expect(logs[1]).toMatchObject({ id: ids[1], erased: true, entityName: null, after: null });
  });

  test("verifies a chain longer than one page", async () => {
    const ctx = await testCtx();
    const entries = Array.from({ length: 510 }, (_, n) => ({
      ctx,
      entry: { action: "thing.saved", entityType: "thing", entityId: `x${n}` } as const,
    }));
    await ctx.db.$transaction((tx) => emitAudits(tx, entries));
    expect(await verifyAuditLogs({ ctx })).toMatchObject({ intact: true, verified: 510, scanned: 510 });
  });

  test("takes entries of several tenants at once, each into its own chain", async () => {
    const [one, other] = [await testCtx(), await testCtx()];
    await write(one, { entityId: "before" });
    await one.db.$transaction((tx) =>
      emitAudits(
        tx,
        [one, other, one, one].map((ctx, at) => ({
          ctx,
          entry: { action: "thing.saved", entityType: "thing", entityId: `x${at}` },
        })),
      ),
    );
    await write(one, { entityId: "after" });
    expect(await verifyAuditLogs({ ctx: one })).toMatchObject({ intact: true, verified: 5 });
    expect(await verifyAuditLogs({ ctx: other })).toMatchObject({ intact: true, verified: 1 });
    const { logs } = await listAuditLogs({ ctx: one, input: {} });
    expect(logs.map(({ entityId }) => entityId)).toEqual(["after", "x3", "x2", "x0", "before"]);
  });

  test("cannot be changed without breaking its lock", async () => {
    const { ctx, ids } = await chainOf(2);
    const refused = /cannot be changed|only moves on, row by row/;
    for (const sql of [
      `update "AuditLog" set "action" = 'x' where "id" = '${ids[0]}'`,
      `delete from "AuditLog" where "id" = '${ids[0]}'`,
      `truncate "AuditLog" cascade`,
      `update "AuditContent" set "userName" = 'x' where "auditLogId" = '${ids[0]}'`,
      `delete from "AuditHead" where "tenantId" = '${ctx.tenant}'`,
      `update "AuditHead" set "seq" = 1 where "tenantId" = '${ctx.tenant}'`,
      `update "AuditHead" set "seq" = "seq" + 1 where "tenantId" = '${ctx.tenant}'`,
      `update "AuditHead" set "hash" = 'x' where "tenantId" = '${ctx.tenant}'`,
    ])
      await expect(ctx.db.$executeRawUnsafe(sql), sql).rejects.toThrow(refused);
  });

  test("holds no secrets", async () => {
    const ctx = await testCtx();
    await write(ctx, {
      entityName: "token=abcdef123456",
      after: { password: "hunter2", url: "postgres://u:pw@h/d" },
    });
    const [log] = (await listAuditLogs({ ctx, input: {} })).logs;
    expect(log?.after).toEqual({ password: REDACTED, url: `postgres://u:${REDACTED}@h/d` });
    expect(log?.entityName).not.toContain("abcdef");
  });

  test("is listed newest first, in pages and by filter, for the tenant alone", async () => {
    const { ctx, ids } = await chainOf(5);
    await write(ctx, { entityType: "other", entityId: "y", action: "other.deleted" });
    const stranger = await testCtx();
    await write(stranger, { entityId: "x1" });

    const page = await listAuditLogs({ ctx, input: { entityType: "thing", page: 2, limit: 2 } });
    expect(page).toMatchObject({ total: 5, page: 2, limit: 2 });
    expect(page.logs.map((log) => log.id)).toEqual([ids[2], ids[1]]);
    expect(page.logs[0]).toMatchObject({
      userName: "Test user",
      tenantId: ctx.tenant,
      requestId: ctx.requestId,
    });

    const total = async (input: Parameters<typeof listAuditLogs>[0]["input"]) =>
      (await listAuditLogs({ ctx, input })).total;
    expect(await total({ entityId: "x1" })).toBe(1);
    expect(await total({ action: "other.deleted" })).toBe(1);
    expect(await total({ userId: stranger.actor.id })).toBe(0);
    expect(await total({ to: "2020-01-01T00:00:00Z" })).toBe(0);
    expect(await total({ from: "2020-01-01T00:00:00+02:00" })).toBe(6);
  });

  test("is for administrators", async () => {
    const ctx = await testCtx({ roles: ["ROLE_DATA_ENGINEER", "ROLE_VIEWER"] });
    await expect(listAuditLogs({ ctx, input: {} })).rejects.toMatchObject({ code: "permission_denied" });
    await expect(verifyAuditLogs({ ctx })).rejects.toMatchObject({ code: "permission_denied" });
  });
});
