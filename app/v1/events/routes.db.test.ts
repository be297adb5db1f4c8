import { expect, test } from "vitest";
import { createApiKey } from "#lib/auth/index.ts";
import type { Ctx } from "#lib/context.ts";
import type { RouteHandler } from "#lib/http/index.ts";
import { ingestEvent } from "#lib/ingest/index.ts";
import { withDatabase } from "#tests/factories.ts";
import * as unknown from "../[...path]/route.ts";
import * as replay from "../admin/replay/route.ts";
import * as storage from "../admin/storage/route.ts";
import * as topology from "../admin/topology/route.ts";
import * as agentMemory from "../agents/[id]/memory/route.ts";
import * as memory from "../memory/[id]/route.ts";
import * as memories from "../memory/route.ts";
import * as sessionMemory from "../sessions/[id]/memory/route.ts";
import * as events from "./route.ts";
import * as volume from "./volume/route.ts";

withDatabase("the doors of the log", ({ testCtx }) => {
  const send = async (ctx: Ctx, event_id: string) =>
    (
      await ingestEvent({
        ctx,
        input: {
          event_id,
          agent_id: "a",
          session_id: `s-${event_id}`,
          payload: { text: `kite ${event_id}` },
        },
      })
    ).ack.lsn;

  async function caller() {
    const ctx = await testCtx();
    const { secret } = await createApiKey({ ctx, input: { name: "Admin", roles: ["ROLE_ADMIN"] } });
    const call = (
      handler: RouteHandler | undefined,
      path: string,
      { params = {}, ...init }: RequestInit & { params?: Record<string, string> } = {},
    ) => {
      const headers = {
        authorization: `Bearer ${secret}`,
        "content-type": "application/json",
        ...init.headers,
      };
      const request = new Request(`http://localhost${path}`, { ...init, headers });
      if (!handler) throw new Error(`${path} has no such method`);
      return handler(request, { params: Promise.resolve(params) });
    };
    return { ctx, call };
  }

  /** Reads messages of an event stream until there are so many, then leaves. */
  async function messages(response: Response, count: number): Promise<Record<string, string>[]> {
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const decoder = new TextDecoder();
    let text = "";
    while (text.split("\n\n").length <= count)
      text += decoder.decode((await reader.read()).value, { stream: true });
    await reader.cancel();
    return text
      .split("\n\n")
      .slice(0, count)
      .map((one) => Object.fromEntries(one.split("\n").map((line) => line.split(/: (.*)/s).slice(0, 2))));
  }

  test("GET /v1/events is a page, or a stream that goes on after Last-Event-ID", async () => {
    const { ctx, call } = await caller();
    const lsns = [await send(ctx, "e1"), await send(ctx, "e2"), await send(ctx, "e3")];
    const page = await (await call(events.GET, "/v1/events?from_lsn=0&limit=2")).json();
    expect(page).toMatchObject({ next_lsn: lsns[1], head_lsn: lsns[2] });
    expect(page.events.map(({ event_id }: { event_id: string }) => event_id)).toEqual(["e1", "e2"]);
    const accept = { accept: "text/event-stream" };
    const whole = await messages(await call(events.GET, "/v1/events?from_lsn=0", { headers: accept }), 3);
    expect(whole.map(({ event, id }) => [event, id])).toEqual([
      ["ready", "0"],
      ["event", String(lsns[0])],
      ["event", String(lsns[1])],
    ]);
    expect(JSON.parse(whole[1]?.data ?? "")).toEqual(page.events[0]);
    const headers = { ...accept, "last-event-id": String(lsns[1]) };
    const stream = await call(events.GET, "/v1/events?from_lsn=0", { headers });
    const fourth = send(ctx, "e4");
    const resumed = await messages(stream, 3);
    expect(resumed.map(({ id }) => id)).toEqual([lsns[1], lsns[2], await fourth].map(String));
    const wrong = await call(events.GET, "/v1/events", { headers: { ...accept, "last-event-id": "x" } });
    expect(wrong.status).toBe(400);
    for (const query of ["from_lsn=-1", "limit=0", "limit=1001", "from_lsn=x", "from_lsn=9007199254740992"])
      expect((await call(events.GET, `/v1/events?${query}`)).status, query).toBe(400);
  });

  test("volume, topology and storage say what there is", async () => {
    const { ctx, call } = await caller();
    const lsn = await send(ctx, "e1");
    const { points } = await (await call(volume.GET, "/v1/events/volume?hours=1")).json();
    expect(points).toEqual([{ at: expect.stringMatching(/:00\.000Z$/), events: 1 }]);
    const told = await (await call(topology.GET, "/v1/admin/topology")).json();
    expect(told).toMatchObject({
      head_lsn: lsn,
      derived_tables: expect.arrayContaining(["Memory", "Projection"]),
    });
    const { tables, rows, bytes } = await (await call(storage.GET, "/v1/admin/storage")).json();
    const count = (name: string) => tables.find(({ table }: { table: string }) => table === name);
    expect([count("Event").rows, count("Memory").rows, count("Edge").rows]).toEqual([1, 1, 2]);
    expect(count("Event").bytes).toBeGreaterThan(100);
    expect(rows).toBeGreaterThan(8);
    expect(bytes).toBeGreaterThan(1_000);
  });

  test("a replay is asked for, and erasures by path; the reason is kept", async () => {
    const { ctx, call } = await caller();
    for (const id of ["e1", "e2", "e3"]) await send(ctx, id);
    const replayed = await (
      await call(replay.POST, "/v1/admin/replay", { method: "POST", body: "{}" })
    ).json();
    expect(replayed).toMatchObject({ applied: false, intact: true, events: 3 });
    const gone = await call(memory.DELETE, "/v1/memory/mem_e1?reason=asked", {
      method: "DELETE",
      params: { id: "mem_e1" },
    });
    expect(gone.status).toBe(200);
    expect(await gone.json()).toMatchObject({ events: 1, memories: 1 });
    const session = await call(sessionMemory.DELETE, "/v1/sessions/s-e2/memory", {
      method: "DELETE",
      params: { id: "s-e2" },
    });
    expect(await session.json()).toMatchObject({ events: 1 });
    const agent = await call(agentMemory.DELETE, "/v1/agents/a/memory", {
      method: "DELETE",
      params: { id: "a" },
    });
    expect(await agent.json()).toMatchObject({ events: 1 });
    const page = await (await call(events.GET, "/v1/events")).json();
    expect(page.events.map(({ erased }: { erased: { reason: string } }) => erased.reason)).toEqual([
      "asked",
      "erased on request",
      "erased on request",
    ]);
    const again = await call(memory.DELETE, "/v1/memory/mem_e1", {
      method: "DELETE",
      params: { id: "mem_e1" },
    });
    expect([again.status, (await again.json()).code]).toEqual([404, "memory_not_found"]);
  });

  test("a collection cannot be deleted, and what is not there is a problem document", async () => {
    const { call } = await caller();
    const whole = await call(memories.DELETE, "/v1/memory", { method: "DELETE" });
    expect(whole.status).toBe(405);
    expect(whole.headers.get("allow")).toContain("GET");
    for (const [method, handler] of [
      ["GET", unknown.GET],
      ["POST", unknown.POST],
      ["DELETE", unknown.DELETE],
    ] as const) {
      const response = await call(handler, "/v1/nothing/here", { method });
      expect(response.status).toBe(404);
      expect(response.headers.get("content-type")).toBe("application/problem+json");
      expect(await response.json()).toMatchObject({ code: "not_found" });
    }
  });
});
