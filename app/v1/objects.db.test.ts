import { expect, test } from "vitest";
import { createApiKey } from "#lib/auth/index.ts";
import type { RouteHandler } from "#lib/http/index.ts";
import { ingestEvent } from "#lib/ingest/index.ts";
import { withDatabase } from "#tests/factories.ts";
import * as agents from "./agents/route.ts";
import * as artifacts from "./artifacts/route.ts";
import * as edges from "./edges/route.ts";
import * as memory from "./memory/route.ts";
import * as policies from "./policies/route.ts";
import * as sessions from "./sessions/route.ts";
import * as contracts from "./share-contracts/route.ts";
import * as states from "./states/route.ts";

type Route = { GET: RouteHandler; POST: RouteHandler };
const KINDS: [path: string, route: Route, id: string, object: Record<string, unknown>][] = [
  ["agents", agents, "agent_id", { agent_id: "a1", name: "First", skills: ["sql"] }],
  ["sessions", sessions, "session_id", { session_id: "s1", agent_id: "a1", goal: "orders" }],
  [
    "memory",
    memory,
    "memory_id",
    { memory_id: "m1", content: "late orders", visibility: "shared", scope: "w" },
  ],
  ["states", states, "state_id", { state_id: "st1", state_key: "step", state_value: "3" }],
  ["artifacts", artifacts, "artifact_id", { artifact_id: "ar1", uri: "s3://b/o", metadata: { rows: 3 } }],
  ["edges", edges, "edge_id", { edge_id: "e1", src_object_id: "m1", dst_object_id: "m2", weight: 0.5 }],
  ["policies", policies, "policy_id", { policy_id: "p1", rule: { keep: "90d" } }],
  ["share-contracts", contracts, "contract_id", { contract_id: "c1", with: ["a2"] }],
];

withDatabase("objects", ({ testCtx }) => {
  const caller = async (agentId?: string, tenant?: string) => {
    const ctx = await testCtx({ ...(tenant ? { tenant } : {}) });
    const roles = agentId ? (["ROLE_AGENT"] as const) : (["ROLE_ADMIN"] as const);
    const { secret } = await createApiKey({ ctx, input: { name: "K", roles: [...roles], agentId } });
    const headers = { authorization: `Bearer ${secret}`, "content-type": "application/json" };
    const post = (route: Route, path: string, body: unknown) =>
      route.POST(
        new Request(`http://localhost/v1/${path}`, { method: "POST", headers, body: JSON.stringify(body) }),
      );
    const list = (route: Route, path: string, query = "") =>
      route.GET(new Request(`http://localhost/v1/${path}${query}`, { headers }));
    return { ctx, post, list };
  };

  test.each(KINDS)("%s are written through the log and listed", async (path, route, id, object) => {
    const { post, list } = await caller();
    const written = await post(route, path, object);
    const ack = await written.json();
    expect(written.status, JSON.stringify(ack)).toBe(200);
    expect(ack).toMatchObject({
      status: "accepted",
      edges: 0,
      object_id: object[id],
      lsn: expect.any(Number),
    });
    const listed = await list(route, path, `?object_id=${object[id]}`);
    expect(listed.status).toBe(200);
    expect(await listed.json()).toMatchObject([object]);
    const changed = { ...object, [id]: object[id], name: "Second", content: "second" };
    await post(route, path, changed);
    const again = (await (await list(route, path)).json()) as object[];
    expect(again).toHaveLength(1);
    const { [id]: _id, ...nameless } = object;
    const refused = await post(route, path, nameless);
    expect(refused.status).toBe(400);
    expect(((await refused.json()) as { issues: { path: string }[] }).issues[0]?.path).toBe(`/${id}`);
    expect((await post(route, path, { ...object, [id]: "é".repeat(2_000) })).status).toBe(400);
  });

  test("a page leads to the next", async () => {
    const { post, list } = await caller();
    for (const at of [1, 2, 3]) await post(policies, "policies", { policy_id: `p${at}` });
    const first = await list(policies, "policies", "?limit=2");
    expect(await first.json()).toHaveLength(2);
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get("link") ?? "")?.[1] ?? "";
    const second = await list(policies, "policies", new URL(next, "http://localhost").search);
    expect(await second.json()).toHaveLength(1);
    expect(second.headers.has("link")).toBe(false);
  });

  test("a key that is bound to an agent writes what is that agent's", async () => {
    const { post } = await caller("a1");
    expect((await post(memory, "memory", { memory_id: "m" })).status).toBe(200);
    expect((await post(agents, "agents", { agent_id: "a1" })).status).toBe(200);
    expect((await post(memory, "memory", { memory_id: "m", agent_id: "a2" })).status).toBe(403);
    expect((await post(agents, "agents", { agent_id: "a2" })).status).toBe(403);
    expect((await post(agents, "agents", { agent_id: "setup-agent" })).status).toBe(403);
    // What is visible in a workspace is not for an agent that puts itself there.
    expect((await post(agents, "agents", { agent_id: "a1", workspace_id: "w" })).status).toBe(403);
  });

  test("a key that is bound to an agent replaces only what that agent wrote", async () => {
    const one = await caller("a1");
    const two = await caller("a2", one.ctx.tenant);
    const admin = await caller(undefined, one.ctx.tenant);
    const event = { event_id: "e", agent_id: "a1", session_id: "s", payload: { artifact_uri: "u" } };
    await ingestEvent({ ctx: admin.ctx, input: event });
    const derived: [Route, string, object][] = [
      [memory, "memory", { memory_id: "mem_e" }],
      [states, "states", { state_id: "state_s_e" }],
      [artifacts, "artifacts", { artifact_id: "art_e" }],
      [edges, "edges", { edge_id: "edge_mem_e_agent", src_object_id: "x", dst_object_id: "y" }],
    ];
    for (const [route, path, object] of derived) {
      expect((await two.post(route, path, object)).status, path).toBe(403);
      expect((await one.post(route, path, object)).status, path).toBe(200);
      expect((await admin.post(route, path, object)).status, path).toBe(200);
    }
    // Who is only mentioned has been written by nobody.
    expect((await two.post(sessions, "sessions", { session_id: "s" })).status).toBe(200);
    expect((await one.post(sessions, "sessions", { session_id: "s" })).status).toBe(403);
    const rivals = await Promise.all(
      [one, two, one, two].map(({ post }) => post(policies, "policies", { policy_id: "p" })),
    );
    expect(rivals.map(({ status }) => status)).toSatisfy(
      (codes: number[]) => codes.join() === "200,403,200,403" || codes.join() === "403,200,403,200",
    );
  });
});
