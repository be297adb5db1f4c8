import { expect, test } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { limits } from "#lib/limits.ts";
import { withDatabase } from "#tests/factories.ts";
import { ingestBatch } from "./ingest-batch.ts";
import { ingestEvent } from "./ingest-event.ts";
import { replay } from "./replay.ts";
import type { BatchResult } from "./schema.ts";
import { tailEvents } from "./tail-events.ts";
import { upsertObject } from "./upsert-object.ts";

/** Text that every way of writing rows has its own trouble with. */
const AWKWARD = [
  "tab\there, line\nthere, return\r, back\\slash, \\N, \\.",
  `{"curly", 'single', "double"}, comma`,
  "NULL",
  "naïve café 東京 🎈\u2028\u0001",
  "",
  "  spaces  ",
];

const event = (at: number) => {
  const text = AWKWARD[at % AWKWARD.length] ?? "";
  return {
    event_id: `e${at} ${text}`,
    tenant_id: undefined as string | undefined,
    workspace_id: text,
    agent_id: `a${at % 3}`,
    session_id: at % 2 ? `s${text}` : "",
    event_type: at % 5 ? "reflection" : "",
    event_time: "2026-03-16T08:00:00.123456Z",
    causal_refs: at % 4 ? [text || "x", 'a"b\\c', "{}"] : [],
    parent_event_id: text,
    payload: { text, nested: { list: [null, 1.5, text, true], [text]: 1 }, artifact_uri: at % 7 ? "" : text },
    source: text,
    importance: at / 1000,
    visibility: at % 2 ? "shared" : text,
    version: at,
  };
};

withDatabase("many events at once", ({ testCtx }) => {
  const send = async (ctx: Ctx, events: unknown[]): Promise<BatchResult[]> => {
    const results: BatchResult[] = [];
    for await (const result of ingestBatch({ ctx, events })) results.push(result);
    return results;
  };
  const events = Array.from({ length: limits.copiedEvents + 20 }, (_, at) => event(at));

  test("are in the log as they were sent, and what is derived is what a replay derives", async () => {
    const ctx = await testCtx();
    const results = await send(ctx, events);
    expect(results.filter(({ status }) => status !== "accepted")).toEqual([]);
    const { events: kept } = await tailEvents({ ctx, input: { from_lsn: 0, limit: 1_000 } });
    expect(kept.map(({ lsn: _lsn, ingest_time: _at, visible_time, logical_ts, ...said }) => said)).toEqual(
      events.map((sent) => ({ ...sent, tenant_id: ctx.tenant })),
    );
    const verdict = await replay({ ctx, input: {} });
    expect(verdict).toMatchObject({ intact: true, events: events.length });
    expect(verdict.tables.find(({ table }) => table === "Projection")?.rows).toBe(events.length);
  });

  test("are taken where one of their objects is there already", async () => {
    const ctx = await testCtx();
    const taken = events[7];
    await upsertObject({
      ctx,
      type: "memory",
      input: { memory_id: `mem_${taken?.event_id}`, content: "mine" },
    });
    await ingestEvent({ ctx, input: events[3] });
    const results = await send(ctx, events);
    expect(results.filter(({ status }) => status !== "accepted")).toEqual([]);
    expect(await replay({ ctx, input: {} })).toMatchObject({ intact: true, events: events.length + 1 });
  });
});
