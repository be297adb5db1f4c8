import { expect, test } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { uniqueId, withDatabase } from "#tests/factories.ts";
import { changesOf, memoryRow, noChanges } from "#tests/memory-rows.ts";
import type { Changes } from "./changes.ts";
import { applyChangesSql, getMemory, listObjects, lsnsOfMemory, nextLink } from "./index.ts";
import { OBJECT_TYPES, type ObjectType } from "./schema.ts";

let lsn = 700_000_000 + Math.floor(Math.random() * 1e5) * 1000;

withDatabase("lists of objects", ({ testCtx, database }) => {
  async function apply(changes: Partial<Changes>): Promise<void> {
    const { ctes } = applyChangesSql({ ...noChanges(), ...changes });
    await database().db.$executeRaw`with ${ctes} select 1`;
  }

  /** An event's memory, with an artifact, a state and an edge to the session beside it. */
  async function event(ctx: Ctx, id: string, given: Parameters<typeof memoryRow>[4] = {}): Promise<number> {
    const at = ++lsn;
    const memory = memoryRow(ctx.tenant, at, `mem_${id}`, `text of ${id}`, given);
    const { sessionId, agentId } = memory;
    const [edges, states, artifacts] = [
      changesOf(ctx.tenant, at, { kind: "edge", id: `edge_${id}`, text: "belongs_to_session" }).edges,
      changesOf(ctx.tenant, at, { kind: "state", id: `state_${id}`, text: memory.memoryId }).states,
      changesOf(ctx.tenant, at, { kind: "artifact", id: `art_${id}`, text: "s3://bucket/x" }).artifacts,
    ];
    const derived = [memory.memoryId, `state_${id}`, `art_${id}`];
    const versions = derived.flatMap(
      (objectId) => changesOf(ctx.tenant, at, { kind: "memory", id: objectId, text: "" }).versions,
    );
    await apply({
      memories: [memory],
      edges: edges.map((row) => ({ ...row, srcObjectId: memory.memoryId, dstObjectId: sessionId })),
      states: states.map((row) => ({ ...row, sessionId, agentId })),
      artifacts: artifacts.map((row) => ({ ...row, sessionId, ownerAgentId: agentId })),
      objects: (["agent", "session"] as const).map((objectType) => ({
        ...{ tenantId: ctx.tenant, lsn: at, objectType, agentId, workspaceId: memory.workspaceId },
        objectId: objectType === "agent" ? agentId : sessionId,
        sessionId: objectType === "agent" ? "" : sessionId,
        mentioned: true,
        body: {},
      })),
      versions: versions.map((version) => ({ ...version, body: null })),
    });
    return at;
  }

  const list = async (ctx: Ctx, type: ObjectType, input: object = {}) =>
    (await listObjects({ ctx, type, input })).objects;
  const ID: Record<string, string> = { share_contract: "contract_id" };
  const ids = async (ctx: Ctx, type: ObjectType, input: object = {}) =>
    (await list(ctx, type, input)).map((object) => object[ID[type] ?? `${type}_id`]);

  test("each list filters by agent, session, object and scope, within the tenant", async () => {
    const ctx = await testCtx();
    await event(ctx, "one", { agentId: "a1", sessionId: "s1", workspaceId: "w1", scope: "w1" });
    await event(ctx, "two", { agentId: "a2", sessionId: "s2", workspaceId: "w2", scope: "w2" });
    for (const [type, first, second] of [
      ["memory", "mem_one", "mem_two"],
      ["state", "state_one", "state_two"],
      ["artifact", "art_one", "art_two"],
      ["edge", "edge_one", "edge_two"],
      ["session", "s1", "s2"],
      ["agent", "a1", "a2"],
    ] as const) {
      expect((await ids(ctx, type)).sort(), type).toEqual([first, second].sort());
      if (type !== "agent") expect(await ids(ctx, type, { session_id: "s1" }), type).toEqual([first]);
      if (type !== "edge") expect(await ids(ctx, type, { agent_id: "a1" }), type).toEqual([first]);
      expect(await ids(ctx, type, { object_id: first }), type).toEqual([first]);
      expect(await ids(ctx, type, { scope: "w1" }), type).toEqual([first]);
      expect(await ids(ctx, type, { scope: "none" }), type).toEqual([]);
    }
    const stranger = await testCtx();
    for (const type of OBJECT_TYPES) expect(await list(stranger, type), type).toEqual([]);
  });

  test("what somebody wrote is shown as it was written, with its names", async () => {
    const ctx = await testCtx();
    const row = { tenantId: ctx.tenant, lsn: ++lsn, objectId: "p1", agentId: "a1", sessionId: "" };
    const body = { policy_id: "p1", rule: "be kind", limit: 3 };
    await apply({ objects: [{ ...row, objectType: "policy", workspaceId: "w1", mentioned: false, body }] });
    expect(await list(ctx, "policy", { agent_id: "a1" })).toEqual([
      { ...body, agent_id: "a1", workspace_id: "w1", mentioned: false, lsn },
    ]);
    expect(await list(ctx, "policy", { agent_id: "a2" })).toEqual([]);
    expect(await list(ctx, "share_contract")).toEqual([]);
  });

  test("pages neither repeat nor hide anything while more is written, and lead on by Link", async () => {
    const ctx = await testCtx();
    for (let at = 0; at < 5; at++) await event(ctx, `e${at}`);
    for (const type of ["memory", "artifact"] as const) {
      const seen: unknown[] = [];
      let cursor: string | null | undefined;
      do {
        const page = await listObjects({ ctx, type, input: { limit: 2, ...(cursor ? { cursor } : {}) } });
        seen.push(...page.objects.map((object) => object[`${type}_id`]));
        if (seen.length === 2) await event(ctx, uniqueId("zz"));
        cursor = page.cursor;
      } while (cursor);
      const prefix = type === "memory" ? "mem" : "art";
      const expected = [4, 3, 2, 1, 0].map((at) => `${prefix}_e${at}`);
      expect(seen.filter((id) => !String(id).includes("zz"))).toEqual(expected);
      expect(new Set(seen).size).toBe(seen.length);
    }
    expect(nextLink("http://x/v1/memory?scope=w%201&limit=2", "abc")).toEqual({
      link: '</v1/memory?scope=w+1&limit=2&cursor=abc>; rel="next"',
    });
    expect(nextLink("http://x/v1/memory", null)).toEqual({});
    const other = await listObjects({ ctx, type: "memory", input: { limit: 1 } });
    for (const cursor of ["nonsense", other.cursor])
      await expect(listObjects({ ctx, type: "state", input: { cursor } })).rejects.toMatchObject({
        code: "bad_request",
      });
  });

  test("what was derived beside a private memory is as private, also after the memory is written again", async () => {
    const admin = await testCtx();
    await event(admin, "p", { visibility: "private", agentId: "a1", sessionId: "s1" });
    const viewer = await testCtx({ tenant: admin.tenant, roles: ["ROLE_VIEWER"] });
    const agent = await testCtx({ tenant: admin.tenant, roles: ["ROLE_AGENT"], agentId: "a1" });
    const types = ["memory", "state", "artifact", "edge"] as const;
    for (const type of types) {
      expect(await ids(admin, type), type).toHaveLength(1);
      expect(await ids(agent, type), type).toHaveLength(1);
      expect(await ids(viewer, type), type).toEqual([]);
    }
    await apply({ memories: [memoryRow(admin.tenant, ++lsn, "mem_p", "public now")] });
    expect(await ids(viewer, "memory")).toEqual(["mem_p"]);
    for (const type of types.slice(1)) expect(await ids(viewer, type), type).toEqual([]);
    const written = changesOf(admin.tenant, ++lsn, { kind: "state", id: "state_written", text: "open" });
    await apply(written);
    expect(await ids(viewer, "state")).toEqual(["state_written"]);
  });

  test("one memory tells its versions, edges, what else its event became, and its neighbours", async () => {
    const ctx = await testCtx();
    const session = { sessionId: uniqueId("s") };
    await event(ctx, "before", session);
    const at = await event(ctx, "m", session);
    await event(ctx, "secret", { ...session, visibility: "audit" });
    await event(ctx, "after", session);
    const [version] = changesOf(ctx.tenant, ++lsn, { kind: "memory", id: "mem_m", text: "" }).versions;
    const again = memoryRow(ctx.tenant, lsn, "mem_m", "written again", session);
    await apply({
      memories: [again],
      versions: version ? [{ ...version, validFrom: "2026-04-01T00:00:00.5Z" }] : [],
    });
    const detail = await getMemory({ ctx, input: { id: "mem_m" } });
    expect(detail.memory).toMatchObject({
      content: "written again",
      lsn,
      valid_from: "2026-03-16T08:00:00.000001Z",
    });
    expect(detail.versions.map(({ lsn, valid_to }) => [lsn, valid_to])).toEqual([
      [at, "2026-04-01T00:00:00.5Z"],
      [lsn, null],
    ]);
    expect(await lsnsOfMemory(ctx.db, ctx.tenant, "mem_m")).toEqual([at, lsn]);
    expect(detail.edges.map(({ edge_id }) => edge_id)).toEqual(["edge_m"]);
    expect(detail.states.map(({ state_id }) => state_id)).toEqual(["state_m"]);
    expect(detail.artifacts.map(({ artifact_id }) => artifact_id)).toEqual(["art_m"]);
    const names = (list: { memory_id: string }[]) => list.map(({ memory_id }) => memory_id);
    expect(names(detail.neighbours)).toEqual(["mem_before", "mem_secret", "mem_after"]);
    const viewer = await testCtx({ tenant: ctx.tenant, roles: ["ROLE_VIEWER"] });
    const seen = await getMemory({ ctx: viewer, input: { id: "mem_m" } });
    expect(names(seen.neighbours)).toEqual(["mem_before", "mem_after"]);
    for (const [caller, id] of [
      [viewer, "mem_secret"],
      [ctx, "mem_none"],
      [await testCtx(), "mem_m"],
    ] as const)
      await expect(getMemory({ ctx: caller, input: { id } })).rejects.toMatchObject({
        code: "memory_not_found",
      });
  });
});
