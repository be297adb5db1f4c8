import type { Ack } from "#lib/ingest/schema.ts";
import { type Asking, example, uid } from "./asking.ts";

/** What becomes of one event that is well formed, sent once, again, or at once with others. */
export function declareOneEvent({ test, expect, door, each, send, json, accepted, refused }: Asking): void {
  test("the contract's example is answered as it says", async () => {
    const event_id = uid();
    const { tenant } = await door();
    const response = await json(example(tenant, event_id));
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(response.headers.has("idempotent-replay")).toBe(false);
    const text = await response.text();
    const { lsn } = JSON.parse(text) as Ack;
    expect(Number.isSafeInteger(lsn)).toBe(true);
    expect(text).toBe(
      `{"status":"accepted","lsn":${lsn},"event_id":"${event_id}","memory_id":"mem_${event_id}","edges":2,` +
        `"state_id":"state_sess_a_${event_id}","artifact_id":"art_${event_id}"}`,
    );
  });

  test("an event that says nothing but its id is taken, with a warning for each practical field", async () => {
    const event_id = uid();
    const ack = await accepted({ event_id });
    expect(ack).toMatchObject({ edges: 0, state_id: `state_default_session_${event_id}` });
    expect(ack).not.toHaveProperty("artifact_id");
    expect(ack.warnings?.map(({ code, path }) => `${code} ${path}`)).toEqual(
      ["tenant_id", "workspace_id", "agent_id", "session_id", "event_type", "payload"].map(
        (field) => `field_missing /${field}`,
      ),
    );
    const unknown = await accepted({ ...example("", uid()), colour: "blue" });
    expect(unknown.warnings?.map(({ path }) => path)).toEqual(["/tenant_id", "/colour"]);
  });

  test("the same event again gets the same acknowledgment, however it is written", async () => {
    const { tenant } = await door();
    const event = example(tenant, uid());
    const first = await (await json(event)).text();
    const turned = Object.fromEntries(Object.entries(event).reverse());
    for (const again of [
      event,
      { ...turned, event_time: "2026-03-16T09:00:00.000+01:00", ingest_time: null },
    ]) {
      const response = await json(again);
      expect(response.status).toBe(200);
      expect(response.headers.get("idempotent-replay")).toBe("true");
      expect(await response.text()).toBe(first);
    }
    for (const other of [{ payload: { text: "other" } }, { importance: 0.6 }, { version: 2 }])
      await refused(await json({ ...event, ...other }), 409, "event_conflict");
    expect(await (await json(event)).text()).toBe(first);
  });

  test("the same event many times at once is one; two events of one id at once are one and a conflict", async () => {
    const { tenant } = await door();
    const event = example(tenant, uid());
    const same = await Promise.all(Array.from({ length: 100 }, () => json(event)));
    const acks = new Set(await Promise.all(same.map((response) => response.text())));
    expect([...acks]).toHaveLength(1);
    expect(same.filter((response) => !response.headers.has("idempotent-replay"))).toHaveLength(1);
    const event_id = uid();
    const rivals = await Promise.all(
      Array.from({ length: 40 }, (_, at) =>
        json({ ...example(tenant, event_id), source: `source ${at % 2}` }),
      ),
    );
    expect(rivals.filter(({ status }) => status === 200)).toHaveLength(20);
    expect(rivals.filter(({ status }) => status === 409)).toHaveLength(20);
  });

  test("an event for another tenant is refused", async () => {
    const problem = await refused(await json(example("t_other", uid())), 403, "tenant_mismatch");
    expect(problem.issues?.[0]?.path).toBe("/tenant_id");
  });

  each(
    ["setup-agent", "pipeline-assistant"],
    (agent_id) => `nobody writes as ${agent_id}`,
    async (agent_id) => {
      await refused(await json({ event_id: uid(), agent_id }), 403, "reserved_agent");
      const object = { object_type: "agent", object: { agent_id } };
      await refused(
        await json({ event_id: uid(), event_type: "object_upserted", payload: object }),
        403,
        "reserved_agent",
      );
    },
  );

  test("a key that is bound to an agent writes for it, and for no other", async () => {
    const { boundKey } = await door();
    const authorization = `Bearer ${boundKey.key}`;
    const own = await send(JSON.stringify({ event_id: uid() }), undefined, { authorization });
    expect(await own.json()).toMatchObject({ status: "accepted", edges: 1 });
    const other = JSON.stringify({ event_id: uid(), agent_id: "somebody_else" });
    await refused(await send(other, undefined, { authorization }), 403, "permission_denied");
  });

  test("an event may write an object, if it is one", async () => {
    const upsert = (payload: unknown) => ({ event_id: uid(), event_type: "object_upserted", payload });
    const good = upsert({ object_type: "policy", object: { policy_id: uid(), rule: "keep" } });
    const ack = await accepted(good);
    expect(ack).toMatchObject({ status: "accepted", edges: 0 });
    for (const field of ["memory_id", "state_id", "artifact_id"]) expect(ack).not.toHaveProperty(field);
    for (const payload of [
      {},
      { object_type: "planet", object: {} },
      { object_type: "memory", object: {} },
      { object_type: "memory", object: { memory_id: uid(), level: "high" } },
      { object_type: "edge", object: { edge_id: uid() } },
    ]) {
      const problem = await refused(await json(upsert(payload)), 400, "bad_request");
      expect(problem.issues?.[0]?.path).toMatch(/^\/payload\/object/);
    }
  });
}
