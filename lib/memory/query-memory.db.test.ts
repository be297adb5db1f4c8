import { expect, test } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { uniqueId, withDatabase } from "#tests/factories.ts";
import { changesOf, memoryRow, noChanges } from "#tests/memory-rows.ts";
import type { Changes, MemoryRow } from "./changes.ts";
import { applyChangesSql, queryMemory } from "./index.ts";

let lsn = 900_000_000 + Math.floor(Math.random() * 1e6) * 1000;

withDatabase("queryMemory", ({ testCtx, database }) => {
  async function apply(changes: Partial<Changes>): Promise<void> {
    const { ctes } = applyChangesSql({ ...noChanges(), ...changes });
    await database().db.$executeRaw`with ${ctes} select 1`;
  }

  /** Remembers texts, one event each, and gives their LSNs. */
  async function remember(ctx: Ctx, ...given: [string, Partial<MemoryRow>?][]): Promise<number[]> {
    const memories = given.map(([text, more]) => memoryRow(ctx.tenant, ++lsn, uniqueId("m"), text, more));
    await apply({ memories });
    return memories.map((row) => row.lsn);
  }

  const ask = async (ctx: Ctx, query_text: string, more: object = {}) =>
    queryMemory({ ctx, input: { query_text, ...more } });
  const texts = async (ctx: Ctx, query_text: string, more: object = {}) =>
    ((await ask(ctx, query_text, more)).hits ?? []).map(({ text }) => text);

  test("finds by words, best first, and says why and where from", async () => {
    const ctx = await testCtx();
    const [first] = await remember(
      ctx,
      ["The invoices of March are unpaid", { sessionId: "s1" }],
      ["March was cold", { sessionId: "s2" }],
      ["We had lunch", { sessionId: "s3" }],
    );
    const result = await ask(ctx, "unpaid invoice in March");
    expect(result.hits?.map(({ text }) => text)).toEqual([
      "The invoices of March are unpaid",
      "March was cold",
    ]);
    expect(result.hits?.[0]?.why[0]).toBe("holds all 3 words");
    expect(result.hits?.[1]?.why[0]).toBe("holds 1 of 3 words: 'March'");
    expect(result.provenance[0]).toEqual({
      object_id: result.objects[0],
      event_id: `evt_${first}`,
      lsn: first,
    });
    expect(result.hits?.[0]?.event_time).toBe("2026-03-16T08:00:00.000001Z");
    expect(result.proof_trace.length).toBeGreaterThan(1);
    expect(result.applied_filters).toContain("visibility");
  });

  test("an empty answer has lists, and says what was done", async () => {
    const ctx = await testCtx();
    const result = await ask(ctx, "nothing");
    expect(result).toMatchObject({ objects: [], edges: [], versions: [], hits: [] });
    for (const list of [result.provenance, result.applied_filters, result.proof_trace])
      expect(list.length).toBeGreaterThan(0);
    await remember(ctx, ["There is something"]);
    expect((await ask(ctx, "zebra")).objects).toEqual([]);
    expect((await ask(ctx, "")).objects).toHaveLength(1);
    expect((await ask(ctx, "the of and")).objects).toHaveLength(1);
  });

  test("understands a misspelt word", async () => {
    const ctx = await testCtx();
    await remember(ctx, ["The invoice is due", { sessionId: "a" }], ["Lunch was good", { sessionId: "b" }]);
    for (const written of ["invioce", "invoce", "nivoice", "Invoiice?"]) {
      const result = await ask(ctx, written);
      expect(result.hits?.map(({ text }) => text)).toEqual(["The invoice is due"]);
      expect(result.hits?.[0]?.why[0]).toBe(`close to 'invoice' (you wrote '${written.replace("?", "")}')`);
      expect(result.proof_trace.join()).toContain("spelling");
    }
  });

  test("tells the neighbours of a hit", async () => {
    const ctx = await testCtx();
    const session = { sessionId: uniqueId("s") };
    await remember(
      ctx,
      ["Where do we keep the umbrella", session],
      ["Behind the green door", session],
      ["Elsewhere entirely", { sessionId: "other" }],
    );
    const result = await ask(ctx, "umbrella");
    expect(result.hits?.map(({ text }) => text)).toEqual([
      "Where do we keep the umbrella",
      "Behind the green door",
    ]);
    expect(result.hits?.[1]?.why[0]).toMatch(/^next to another hit/);
    await remember(ctx, ["Not for everyone", { ...session, visibility: "audit" }]);
    await remember(ctx, ["Said much later", { ...session, validFrom: "2026-05-01T00:00:00Z" }]);
    const viewer = await testCtx({ tenant: ctx.tenant, roles: ["ROLE_VIEWER"] });
    const time_window = { to: "2026-04-01T00:00:00Z" };
    expect(await texts(viewer, "green door")).not.toContain("Not for everyone");
    expect(await texts(viewer, "green door")).toContain("Said much later");
    expect(await texts(ctx, "green door", { time_window })).toContain("Not for everyone");
    expect(await texts(ctx, "green door", { time_window })).not.toContain("Said much later");
  });

  test("text of a query is only ever text", async () => {
    const ctx = await testCtx();
    await remember(ctx, ["A kite's tail"]);
    for (const text of [
      "kite' | 'x",
      "kite & ) (",
      "kite:* <-> !",
      "\\' kite \\",
      '\'; drop table "Memory"; -- kite',
      "kite\0",
      `@tenant=${ctx.tenant} kite`,
      "kite %_%",
    ])
      expect(await texts(ctx, text), text).toContain("A kite's tail");
    const stranger = await testCtx();
    expect(await texts(stranger, `@tenant=${ctx.tenant} | kite`)).toEqual([]);
  });

  test("every filter filters", async () => {
    const ctx = await testCtx();
    await remember(
      ctx,
      ["kite one", { sessionId: "s1", agentId: "a1", workspaceId: "w1", validFrom: "2026-01-01T00:00:00Z" }],
      ["kite two", { sessionId: "s2", agentId: "a2", workspaceId: "w2", memoryType: "factual" }],
      ["kite over", { sessionId: "s3", validTo: "2026-04-01T00:00:00Z" }],
      ["kite later", { sessionId: "s4", visibleTime: "2999-01-01T00:00:00Z" }],
      ["kite gone", { sessionId: "s5", isActive: false }],
    );
    const edge = changesOf(ctx.tenant, lsn, { kind: "edge", id: "e", text: "supports" }).edges;
    const first = (await ask(ctx, "one")).objects[0] ?? "";
    await apply({ edges: edge.map((row) => ({ ...row, srcObjectId: first })) });
    const found = async (more: object) => (await texts(ctx, "kite", more)).sort();
    expect(await found({})).toEqual(["kite one", "kite two"]);
    for (const more of [
      { session_id: "s1" },
      { agent_id: "a1" },
      { workspace_id: "w1" },
      { query_scope: "w1" },
      { query_scope: "session", session_id: "s1" },
      { query_scope: "workspace", workspace_id: "w1" },
      { time_window: { to: "2026-02-01T00:00:00Z" } },
      { memory_types: ["episodic"] },
      { relation_constraints: ["supports"] },
      { as_of: "2026-02-01T00:00:00Z" },
    ])
      expect(await found(more), JSON.stringify(more)).toEqual(["kite one"]);
    expect(await found({ time_window: { from: "2026-02-01T00:00:00Z" } })).toEqual(["kite two"]);
    expect(await found({ memory_types: ["factual"] })).toEqual(["kite two"]);
    expect(await found({ relation_constraints: ["supports", "none"] })).toEqual([]);
    expect(await found({ as_of: "2026-03-20T00:00:00Z" })).toEqual(["kite one", "kite over", "kite two"]);
    expect(await found({ query_scope: "tenant", tenant_id: ctx.tenant })).toHaveLength(2);
    expect(await found({ top_k: 1 })).toHaveLength(1);
    await expect(ask(ctx, "kite", { tenant_id: "t_other" })).rejects.toMatchObject({
      code: "tenant_mismatch",
    });
    await expect(ask(ctx, "kite", { as_of: "0000-01-01T00:00:00Z" })).rejects.toThrow("years 1 to 9999");
    await expect(ask(ctx, "kite", { query_scope: "session" })).rejects.toMatchObject({ code: "bad_request" });
    const objects = await ask(ctx, "kite", { response_mode: "objects_only" });
    expect([objects.objects.length, objects.hits]).toEqual([2, undefined]);
  });

  test("object types", async () => {
    const ctx = await testCtx();
    const [at = 0] = await remember(ctx, ["kite one", { sessionId: "sess_a" }]);
    for (const kind of ["artifact", "state"])
      await apply({ ...changesOf(ctx.tenant, at, { kind, id: kind, text: "x" }), versions: [] });
    await apply(changesOf(ctx.tenant, at, { kind: "written", id: "agent_a", text: "w" }));
    for (const [type, id] of [
      ["artifact", "artifact"],
      ["state", "state"],
      ["agent", "agent_a"],
    ])
      expect((await ask(ctx, "kite", { object_types: [type] })).objects).toEqual([id]);
    const both = await ask(ctx, "kite", { object_types: ["artifact", "memory"] });
    expect(both.objects).toEqual([both.hits?.[0]?.object_id, "artifact"]);
    expect((await ask(ctx, "kite", { object_types: ["memory"] })).objects).toHaveLength(1);
    expect((await ask(ctx, "kite", { object_types: ["policy", "edge"] })).objects).toEqual([]);
  });

  test("answers as of a time before a memory was written again", async () => {
    const ctx = await testCtx();
    const written = async (text: string, month: string) => {
      const validFrom = `2026-0${month}-01T00:00:00Z`;
      const body = { memory_id: "m", content: text, visibility: "tenant", agent_id: "agent_a" };
      const [version] = changesOf(ctx.tenant, ++lsn, { kind: "memory", id: "m", text }).versions;
      const memories = [memoryRow(ctx.tenant, lsn, "m", text, { validFrom })];
      await apply({ memories, versions: version ? [{ ...version, validFrom, body }] : [] });
    };
    await written("the kite is red", "2");
    await written("the kite is blue", "4");
    expect(await texts(ctx, "kite")).toEqual(["the kite is blue"]);
    expect(await texts(ctx, "kite", { as_of: "2026-05-01T00:00:00Z" })).toEqual(["the kite is blue"]);
    expect(await texts(ctx, "kite", { as_of: "2026-03-01T00:00:00Z" })).toEqual(["the kite is red"]);
    expect(await texts(ctx, "kite", { as_of: "2026-01-01T00:00:00Z" })).toEqual([]);
    const early = await ask(ctx, "kite", { as_of: "2026-03-01T00:00:00Z" });
    expect(early.versions).toHaveLength(1);
    expect((await ask(ctx, "kite")).versions.map(({ valid_to }) => valid_to)).toEqual([
      "2026-04-01T00:00:00Z",
      null,
    ]);
  });

  test("shows each caller what its visibility allows, and no tenant another's", async () => {
    const admin = await testCtx();
    const words = ["private", "workspace", "shared", "tenant", "audit", "unheard-of"];
    for (const visibility of words)
      await remember(admin, [
        `kite ${visibility}`,
        { visibility, agentId: "a1", workspaceId: "w1", sessionId: "" },
      ]);
    await apply({
      objects: [
        ...changesOf(admin.tenant, ++lsn, { kind: "mentioned", id: "a1", text: "w1" }).objects,
        ...changesOf(admin.tenant, ++lsn, { kind: "written", id: "a2", text: "w1" }).objects,
        ...changesOf(admin.tenant, ++lsn, { kind: "written", id: "a3", text: "w2" }).objects,
        // An event of its own that names the workspace makes no agent a member of it.
        ...changesOf(admin.tenant, ++lsn, { kind: "mentioned", id: "a4", text: "w1" }).objects,
      ],
    });
    const { tenant } = admin;
    const seen = async (given: Partial<Ctx>) =>
      (await texts(await testCtx({ tenant, ...given }), "kite")).map((text) => text.slice(5)).sort();
    const agent = (agentId: string) => seen({ roles: ["ROLE_AGENT"], agentId });
    expect(await seen({ roles: ["ROLE_ADMIN"] })).toEqual([...words].sort());
    expect(await seen({ roles: ["ROLE_VIEWER"] })).toEqual(["shared", "tenant", "workspace"]);
    expect(await agent("a1")).toEqual(["private", "shared", "tenant", "unheard-of", "workspace"]);
    expect(await agent("a2")).toEqual(["shared", "tenant", "workspace"]);
    expect(await agent("a3")).toEqual(["shared", "tenant"]);
    expect(await agent("a4")).toEqual(["shared", "tenant"]);
    expect(await texts(await testCtx(), "kite")).toEqual([]);
  });
});
