import { expect, test } from "vitest";
import { verifyAuditLogs } from "#lib/audit/index.ts";
import type { Ctx } from "#lib/context.ts";
import { withDatabase } from "#tests/factories.ts";
import { ingestEvent } from "./ingest-event.ts";
import { replay } from "./replay.ts";
import { REPLAYED, shadowPrefix } from "./replay-shadow.ts";
import { OBJECT_UPSERTED } from "./schema.ts";
import { tenantsOfLog } from "./tenants-of-log.ts";

const APPLY = { dry_run: false, apply: true, confirm: "apply_replay" };

withDatabase("a replay", ({ database, testCtx }) => {
  const query = async (sql: string, values: unknown[] = []) =>
    (await database().pool.query(sql, values)).rows;

  /** Events of every kind, some of them about the same objects. */
  async function furnish(ctx: Ctx): Promise<void> {
    const send = (event_id: string, more: object) => ingestEvent({ ctx, input: { event_id, ...more } });
    for (let n = 0; n < 6; n++)
      await send(`e${n}`, {
        ...{ agent_id: `a${n % 2}`, session_id: "s", workspace_id: "w", causal_refs: n ? [`e${n - 1}`] : [] },
        event_type: n % 2 ? "reflection" : "user_message",
        event_time: `2026-03-16T08:00:0${n}.120000Z`,
        importance: n / 7,
        payload: { text: `kites over village ${n}`, artifact_uri: n === 3 ? "s3://bucket/x" : "" },
      });
    const write = (event_id: string, object_type: string, object: object) =>
      send(event_id, { event_type: OBJECT_UPSERTED, payload: { object_type, object } });
    await write("o1", "memory", { memory_id: "note", content: "first words", confidence: 0.1 });
    await write("o2", "memory", { memory_id: "note", content: "second thoughts" });
    await write("o3", "agent", { agent_id: "a1", name: "Kite" });
    await write("o4", "memory", { memory_id: "mem_e2", content: "rewritten" });
    await write("o5", "policy", { policy_id: "p", rules: { z: 1, a: [1.0, 1e21] } });
  }

  /** Every derived row of a tenant as the database writes it. */
  async function contents(ctx: Ctx): Promise<Record<string, string[]>> {
    const tables: Record<string, string[]> = {};
    for (const { name } of REPLAYED)
      tables[name] = (
        await query(`select t::text as row from "${name}" t where "tenantId" = $1 order by 1`, [ctx.tenant])
      ).map(({ row }) => row);
    return tables;
  }

  const found = ({ tables }: Awaited<ReturnType<typeof replay>>) =>
    tables.flatMap(({ table, missing, extra, different }) =>
      missing + extra + different > 0 ? [{ table, missing, extra, different }] : [],
    );

  test("finds an intact tenant intact, changes nothing and leaves nothing", async () => {
    const ctx = await testCtx();
    await furnish(ctx);
    const before = await contents(ctx);
    const result = await replay({ ctx, input: {} });
    expect(found(result)).toEqual([]);
    expect(result).toMatchObject({ applied: false, intact: true, events: 11, from_lsn: 0 });
    for (const { table, rows, expected_rows, hash, expected_hash } of result.tables) {
      expect(rows, table).toBe(before[table]?.length);
      expect(rows, table).toBeGreaterThan(0);
      expect([expected_rows, expected_hash], table).toEqual([rows, hash]);
    }
    expect(await contents(ctx)).toEqual(before);
    const left = await query("select 1 from pg_namespace where starts_with(nspname, $1)", [
      shadowPrefix(ctx.tenant),
    ]);
    expect(left).toEqual([]);
    expect(await ctx.db.auditLog.count({ where: { tenantId: ctx.tenant } })).toBe(0);
  });

  test("makes every derived row again, byte for byte, after all of them were dropped", async () => {
    const [ctx, neighbour] = [await testCtx(), await testCtx()];
    await furnish(ctx);
    await furnish(neighbour);
    const [before, beside] = [await contents(ctx), await contents(neighbour)];
    for (const { name } of REPLAYED) await query(`delete from "${name}" where "tenantId" = $1`, [ctx.tenant]);
    const result = await replay({ ctx, input: APPLY });
    expect(result).toMatchObject({ applied: true, intact: false });
    for (const { table, rows, missing, expected_rows, repaired } of result.tables)
      expect([rows, missing, repaired], table).toEqual([0, expected_rows, expected_rows]);
    expect(await contents(ctx)).toEqual(before);
    expect(await contents(neighbour)).toEqual(beside);
    expect(await replay({ ctx, input: {} })).toMatchObject({ intact: true });
    const [row] = await ctx.db.auditLog.findMany({ where: { tenantId: ctx.tenant } });
    expect(row?.action).toBe("memory.replayed");
    expect(await verifyAuditLogs({ ctx })).toMatchObject({ intact: true, total: 1 });
  });

  test.each([
    ["Memory", `set "content" = 'kites over village 9' where "memoryId" = 'mem_e1'`],
    ["Memory", `set "lsn" = "lsn" + 1000000 where "memoryId" = 'mem_e1'`],
    ["Memory", `set "importance" = "importance" + 1e-15 where "memoryId" = 'mem_e3'`],
    ["Projection", `set "terms" = "terms" || 'eagl:7' where "memoryId" = 'note'`],
    ["Edge", `set "weight" = 0.5 where "edgeType" = 'derived_from' and "srcObjectId" = 'mem_e2'`],
    [
      "State",
      `set "checkpointTime" = "checkpointTime" + interval '1 microsecond' where "stateId" = 'state_s_e0'`,
    ],
    ["Artifact", `set "uri" = 's3://bucket/y'`],
    ["NamedObject", `set "lsn" = "lsn" + 1 where "objectId" = 'a0'`],
    ["ObjectVersion", `set "body" = '{}' where "objectId" = 'p'`],
    ["EventVolume", `set "events" = "events" + 1`],
  ])("finds and mends a row of %s with %s", async (table, change) => {
    const ctx = await testCtx();
    await furnish(ctx);
    const before = await contents(ctx);
    await query(`update "${table}" ${change} ${/ where /.test(change) ? "and" : "where"} "tenantId" = $1`, [
      ctx.tenant,
    ]);
    expect(await contents(ctx)).not.toEqual(before);
    const one = [{ table, missing: 0, extra: 0, different: 1 }];
    expect(found(await replay({ ctx, input: {} }))).toEqual(one);
    expect(await contents(ctx)).not.toEqual(before);
    expect(found(await replay({ ctx, input: APPLY }))).toEqual(one);
    expect(await contents(ctx)).toEqual(before);
  });

  test("removes what no event says", async () => {
    const ctx = await testCtx();
    await furnish(ctx);
    const before = await contents(ctx);
    await query(`insert into "Term" values ($1, 'phantom')`, [ctx.tenant]);
    await query(
      `insert into "Memory" select (m).* from (select jsonb_populate_record(m, '{"memoryId":"ghost"}') as m
       from "Memory" m where "tenantId" = $1 and "memoryId" = 'mem_e0') g`,
      [ctx.tenant],
    );
    expect(found(await replay({ ctx, input: APPLY }))).toEqual([
      { table: "Memory", missing: 0, extra: 1, different: 0 },
      { table: "Term", missing: 0, extra: 1, different: 0 },
    ]);
    expect(await contents(ctx)).toEqual(before);
  });

  test("looks only at the events it is told to", async () => {
    const ctx = await testCtx();
    await furnish(ctx);
    await query(
      `update "Memory" set "content" = 'x' where "tenantId" = $1 and "memoryId" in ('mem_e1', 'mem_e4')`,
      [ctx.tenant],
    );
    const lsns = (
      await query(`select lsn from "Event" where "tenantId" = $1 order by lsn`, [ctx.tenant])
    ).map(({ lsn }) => Number(lsn));
    const part = { from_lsn: lsns[2] ?? 0, limit: 3 };
    const result = await replay({ ctx, input: { ...part, ...APPLY } });
    expect(result).toMatchObject({ events: 3, from_lsn: lsns[2], to_lsn: lsns[5] });
    expect(found(result)).toEqual([{ table: "Memory", missing: 0, extra: 0, different: 1 }]);
    expect(
      await query(`select "memoryId" from "Memory" where "tenantId" = $1 and "content" = 'x'`, [ctx.tenant]),
    ).toEqual([{ memoryId: "mem_e1" }]);
  });

  test("raises no false alarm while events come in, and mends under them", async () => {
    const ctx = await testCtx();
    await furnish(ctx);
    let going = true;
    const load = (async () => {
      for (let n = 0; going; n++)
        await Promise.all(
          Array.from({ length: 8 }, (_, k) =>
            ingestEvent({
              ctx,
              input: {
                event_id: `load${n}-${k}`,
                agent_id: `a${k % 3}`,
                session_id: `s${n % 5}`,
                payload: { text: `more kites ${n}` },
              },
            }),
          ),
        );
    })();
    try {
      for (let round = 0; round < 3; round++)
        expect(found(await replay({ ctx, input: {} })), `round ${round}`).toEqual([]);
      await query(`delete from "Edge" where "tenantId" = $1 and "srcObjectId" = 'mem_e1'`, [ctx.tenant]);
      expect(found(await replay({ ctx, input: APPLY }))).toEqual([
        { table: "Edge", missing: 3, extra: 0, different: 0 },
      ]);
    } finally {
      going = false;
      await load;
    }
    expect(await replay({ ctx, input: {} })).toMatchObject({ intact: true });
  });

  test("clears away what a crashed one left, and gives way to a later one", async () => {
    const ctx = await testCtx();
    await furnish(ctx);
    const left = `${shadowPrefix(ctx.tenant)}00`;
    await query(`create schema "${left}"`);
    await query(`create table "${left}"."Memory" (x int)`);
    expect(await replay({ ctx, input: {} })).toMatchObject({ intact: true });
    const both = await Promise.allSettled([replay({ ctx, input: {} }), replay({ ctx, input: {} })]);
    for (const one of both)
      if (one.status === "rejected") expect(one.reason).toMatchObject({ code: "conflict" });
      else expect(one.value.intact).toBe(true);
    expect(both.some(({ status }) => status === "fulfilled")).toBe(true);
    expect(
      await query("select 1 from pg_namespace where starts_with(nspname, $1)", [shadowPrefix(ctx.tenant)]),
    ).toEqual([]);
  });

  test("can be asked for each tenant that has events", async () => {
    const ctxs = [await testCtx(), await testCtx()];
    for (const ctx of ctxs) await furnish(ctx);
    const silent = await testCtx();
    const tenants = await tenantsOfLog(silent.db);
    expect(tenants).toEqual(expect.arrayContaining(ctxs.map(({ tenant }) => tenant)));
    expect(tenants).not.toContain(silent.tenant);
    expect(new Set(tenants).size).toBe(tenants.length);
  });

  test("changes nothing unless it is confirmed, and is for administrators", async () => {
    const ctx = await testCtx();
    for (const input of [
      { dry_run: false },
      { apply: true },
      { dry_run: false, apply: true },
      { dry_run: false, apply: true, confirm: "yes" },
      { apply: true, confirm: "apply_replay" },
    ])
      await expect(replay({ ctx, input })).rejects.toMatchObject({ code: "bad_request" });
    const engineer: Ctx = { ...ctx, roles: ["ROLE_DATA_ENGINEER"] };
    await expect(replay({ ctx: engineer, input: {} })).rejects.toMatchObject({ code: "permission_denied" });
  });
});
