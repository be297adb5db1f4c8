import { expect, test } from "vitest";
import { withDatabase } from "#tests/factories.ts";
import { ingestEvent } from "./ingest-event.ts";

/** The example of the seed's contract. */
const EXAMPLE = {
  event_id: "evt_demo_001",
  workspace_id: "w_demo",
  agent_id: "agent_a",
  session_id: "sess_a",
  event_type: "user_message",
  event_time: "2026-03-16T08:00:00Z",
  ingest_time: "2026-03-16T08:00:00Z",
  visible_time: "2026-03-16T08:00:00Z",
  logical_ts: 0,
  parent_event_id: "",
  causal_refs: [],
  payload: { text: "hello andb", artifact_uri: "s3://bucket/demo.bin" },
  source: "api",
  importance: 0.5,
  visibility: "private",
  version: 1,
};

withDatabase("one event", ({ testCtx, database }) => {
  test("is acknowledged as the contract's example is", async () => {
    const ctx = await testCtx();
    const input = { ...EXAMPLE, tenant_id: ctx.tenant };
    const { ack, replayed } = await ingestEvent({ ctx, input });
    expect(replayed).toBe(false);
    expect(ack).toEqual({
      status: "accepted",
      lsn: expect.any(Number),
      event_id: "evt_demo_001",
      memory_id: "mem_evt_demo_001",
      edges: 2,
      state_id: "state_sess_a_evt_demo_001",
      artifact_id: "art_evt_demo_001",
    });
    const { rows } = await database().pool.query(`select lsn from "Event" where "tenantId" = $1`, [
      ctx.tenant,
    ]);
    expect(rows).toEqual([{ lsn: String(ack.lsn) }]);
    const again = await ingestEvent({
      ctx,
      input: { ...input, ingest_time: null, event_time: "2026-03-16T09:00:00+01:00" },
    });
    expect(again).toEqual({ ack, replayed: true });
    await expect(ingestEvent({ ctx, input: { ...input, source: "other" } })).rejects.toMatchObject({
      code: "event_conflict",
    });
  });
});
