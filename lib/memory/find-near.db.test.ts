import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Ctx } from "#lib/context.ts";
import type { EmbeddingChoice } from "#lib/model/index.ts";
import { uniqueId, withDatabase } from "#tests/factories.ts";
import { memoryRow, noChanges } from "#tests/memory-rows.ts";
import { type ModelWire, startModelWire } from "#tests/model-wire.ts";
import { hasPostgresExtension } from "#tests/services.ts";
import type { MemoryRow } from "./changes.ts";
import { applyChangesSql, fillVectors, queryMemory, removeDerived } from "./index.ts";

let lsn = 950_000_000_000 + Math.floor(Math.random() * 1e6) * 1000;

withDatabase("memory by meaning", ({ engine, testCtx, database }) => {
  const missing = engine === "postgres" && !hasPostgresExtension("vector");
  let wire: ModelWire;
  const opened: ModelWire[] = [];
  const connect = async () => {
    wire = await startModelWire();
    opened.push(wire);
  };
  beforeAll(connect);
  // Vectors are made for what is newer than what has its own: other files leave rows in this database, too.
  beforeAll(async () => {
    const [row] = await database().db.$queryRaw<{ lsn: bigint | null }[]>`
      select max("lsn") as lsn from "Projection"`;
    lsn = Math.max(lsn, Number(row?.lsn ?? 0));
  });
  afterAll(() => Promise.all(opened.map((each) => each.close())));

  const embedding = (): EmbeddingChoice => {
    return { provider: "openai-compatible", model: "meaning-1", baseUrl: `${wire.url}/v1`, key: "k" };
  };

  async function remember(ctx: Ctx, ...given: [string, Partial<MemoryRow>?][]): Promise<MemoryRow[]> {
    const memories = given.map(([text, more]) =>
      memoryRow(ctx.tenant, ++lsn, uniqueId("m"), text, { sessionId: uniqueId("s"), ...more }),
    );
    const { ctes } = applyChangesSql({ ...noChanges(), memories });
    await database().db.$executeRaw`with ${ctes} select 1`;
    return memories;
  }

  /** The model's next answer waits until it is let go. */
  function heldAnswer(): { asked: () => Promise<void>; answer: () => void } {
    const before = wire.calls.length;
    const { promise: until, resolve: answer } = Promise.withResolvers<void>();
    wire.queue.push({ until });
    return { asked: () => expect.poll(() => wire.calls.length).toBeGreaterThan(before), answer };
  }

  const fill = () => fillVectors({ database: database(), embedding: embedding() });
  const ask = (ctx: Ctx, query_text: string, more: object = {}) =>
    queryMemory({ ctx, input: { query_text, ...more }, embedding: embedding() });
  const texts = async (ctx: Ctx, query_text: string, more: object = {}) =>
    ((await ask(ctx, query_text, more)).hits ?? []).map(({ text }) => text);
  const kept = async (ctx: Ctx) => {
    const rows = await database().db.$queryRaw<{ lsn: bigint }[]>`
      select distinct "lsn" from vectors."MemoryVector" where "tenantId" = ${ctx.tenant} order by 1`;
    return rows.map((row) => Number(row.lsn));
  };

  test("without a model nothing is sent, found or said", async () => {
    const ctx = await testCtx();
    await remember(ctx, ["The automobile is in the garage"]);
    const before = wire.calls.length;
    const result = await queryMemory({ ctx, input: { query_text: "car" } });
    expect([result.objects, wire.calls.length]).toEqual([[], before]);
    expect(result.proof_trace.join()).not.toContain("meaning");
  });

  test.runIf(missing)("a database without pgvector answers by words and says so", async () => {
    const ctx = await testCtx();
    await remember(ctx, ["The automobile is in the garage"]);
    const before = wire.calls.length;
    await fill();
    const result = await ask(ctx, "garage");
    expect(result.objects).toHaveLength(1);
    expect(result.proof_trace).toContain("meaning: left out, the database keeps no vectors");
    expect(wire.calls).toHaveLength(before);
  });

  describe.skipIf(missing)(missing ? "vectors: skipped, pgvector is not installed" : "vectors", () => {
    test("a query that shares no word finds what means the same, and says why", async () => {
      const ctx = await testCtx();
      const other = await testCtx();
      await remember(ctx, ["Lunch was cold today"], ["The automobile is in the garage"], ["", {}]);
      const [theirs] = await remember(other, ["Their vehicle needs petrol"]);
      await fill();
      const result = await ask(ctx, "car");
      expect(result.hits?.map(({ text }) => text)).toEqual(["The automobile is in the garage"]);
      expect(result.hits?.[0]?.why[0]).toBe("close in meaning");
      expect(result.hits?.[0]?.score).toBeGreaterThan(0);
      expect(result.proof_trace.join()).toContain("meaning: memories near to the question");
      expect(await texts(other, "car")).toEqual(["Their vehicle needs petrol"]);
      expect(await kept(other)).toEqual([theirs?.lsn]);
      expect(await kept(ctx)).toHaveLength(2);
    });

    test("meaning adds to words: what has both comes first", async () => {
      const ctx = await testCtx();
      await remember(
        ctx,
        ["The garage is closed on Sunday"],
        ["The physician is on vacation"],
        ["My automobile stands in the garage"],
      );
      await fill();
      const result = await ask(ctx, "vehicle garage");
      expect(result.hits?.[0]?.text).toBe("My automobile stands in the garage");
      expect(result.hits?.[0]?.why.slice(0, 2)).toEqual(["holds 'garage'", "close in meaning"]);
      expect(result.hits?.map(({ text }) => text)).not.toContain("The physician is on vacation");
    });

    test("filters and visibility hold for what is near", async () => {
      const ctx = await testCtx();
      await remember(
        ctx,
        ["A vehicle of one", { sessionId: "s1" }],
        ["A vehicle of two", { sessionId: "s2", visibility: "audit" }],
        ["A vehicle of three", { sessionId: "s3", visibility: "private", agentId: "a3" }],
        ["A vehicle of four", { sessionId: "s4", visibleTime: "2999-01-01T00:00:00Z" }],
        ["A vehicle of five", { sessionId: "s5", isActive: false }],
        ["A vehicle of six", { sessionId: "s6", validFrom: "2026-05-01T00:00:00Z" }],
      );
      await fill();
      const { tenant } = ctx;
      const found = async (of: Ctx, more: object = {}) =>
        (await texts(of, "car", more)).map((text) => text.slice(13)).sort();
      const viewer = await testCtx({ tenant, roles: ["ROLE_VIEWER"] });
      const agent = await testCtx({ tenant, roles: ["ROLE_AGENT"], agentId: "a3" });
      expect(await found(ctx)).toEqual(["one", "six", "three", "two"]);
      expect(await found(viewer)).toEqual(["one", "six"]);
      expect(await found(agent)).toEqual(["one", "six", "three"]);
      expect(await found(ctx, { session_id: "s1" })).toEqual(["one"]);
      expect(await found(viewer, { session_id: "s2" })).toEqual([]);
      expect(await found(ctx, { as_of: "2026-04-01T00:00:00Z", session_id: "s6" })).toEqual([]);
      expect(await found(viewer, { as_of: "2026-04-01T00:00:00Z" })).toEqual(["one"]);
      expect(await found(ctx, { time_window: { from: "2026-04-15T00:00:00Z" } })).toEqual(["six"]);
    });

    test("what is near is found among many that all say the same", async () => {
      const ctx = await testCtx();
      await connect();
      await remember(ctx, ...Array.from({ length: 2_000 }, (): [string] => ["done"]));
      await remember(ctx, ["The physician called"], ["Lunch was cold"]);
      await fill();
      // As time does: a plan by the index depends on it.
      await database().db.$executeRaw`analyze "Projection", vectors."MemoryVector"`;
      expect(await texts(ctx, "doctor")).toEqual(["The physician called"]);
    });

    test("a model that fails costs a query its vectors only, and is not asked again at once", async () => {
      const ctx = await testCtx();
      await remember(ctx, ["The automobile is in the garage"]);
      for (const fault of [
        { status: 500 },
        { fault: "hang" as const },
        { status: 200, body: { data: [] } },
      ]) {
        await connect();
        wire.queue.push(fault);
        const began = Date.now();
        const result = await ask(ctx, "garage");
        expect(Date.now() - began).toBeLessThan(6_000);
        expect(result.objects).toHaveLength(1);
        expect(result.proof_trace).toContain("meaning: left out, the embedding model did not answer");
        const again = await ask(ctx, "garage");
        expect(again.objects).toHaveLength(1);
        expect(again.proof_trace.join()).toContain("failed a moment ago");
        expect(wire.calls).toHaveLength(1);
      }
      await connect();
      wire.queue.push({ status: 503 });
      await expect(fill()).rejects.toMatchObject({ code: "provider_unavailable" });
      await fill();
      expect(await kept(ctx)).toHaveLength(1);
    });

    test("of a batch that is refused only the text that is refused goes without", async () => {
      const ctx = await testCtx();
      await remember(ctx, ["One car"], ["An unspeakable thing"], ["Two cars"]);
      await fill();
      expect(await kept(ctx)).toEqual([lsn - 2, lsn]);
      const before = wire.calls.length;
      await fill();
      expect(wire.calls).toHaveLength(before);
    });

    test("secrets do not leave", async () => {
      const ctx = await testCtx();
      const secret = "postgres://me:hunter2secret@db/x";
      await remember(ctx, [`The vehicle is at ${secret}`]);
      await fill();
      await ask(ctx, `car ${secret}`);
      // What other tests left in the same database is sent as well.
      const sent = wire.calls.flatMap(({ body }) => body.input as string[]);
      const own = sent.filter((text) => text.includes("@db/x"));
      expect(own).toEqual([
        expect.stringMatching(/^The vehicle is at .*\*\*\*REDACTED\*\*\*@db\/x$/),
        expect.stringMatching(/^car .*\*\*\*REDACTED\*\*\*@db\/x$/),
      ]);
      expect(JSON.stringify(sent)).not.toContain("hunter2secret");
    });

    test("a memory that is written again is found by its new text", async () => {
      const ctx = await testCtx();
      const id = uniqueId("m");
      await remember(ctx, ["The car is red", { memoryId: id }]);
      await fill();
      expect(await texts(ctx, "automobile")).toEqual(["The car is red"]);
      await remember(ctx, ["The physician is in", { memoryId: id }]);
      await fill();
      expect(await texts(ctx, "automobile")).toEqual([]);
      expect(await texts(ctx, "doctor")).toEqual(["The physician is in"]);
    });

    test("what is erased loses its vector, also while the model is at it", async () => {
      const ctx = await testCtx();
      const memories = await remember(ctx, ["The car is red"], ["The car is blue"]);
      const erase = (row: MemoryRow | undefined) =>
        database().db.$transaction((tx) =>
          removeDerived(tx, ctx.tenant, { ...noChanges(), memories: row ? [row] : [] }),
        );
      await fill();
      await erase(memories[0]);
      expect(await kept(ctx)).toEqual([memories[1]?.lsn]);
      const [late, stays] = await remember(ctx, ["The car is green"], ["The car is black"]);
      const { asked, answer } = heldAnswer();
      const filling = fill();
      await asked();
      await erase(late);
      answer();
      await filling;
      expect(await kept(ctx)).toEqual([memories[1]?.lsn, stays?.lsn]);
    });

    test.runIf(engine === "postgres")("one process fills at a time", async () => {
      const ctx = await testCtx();
      await remember(ctx, ["The car is red"]);
      const before = wire.calls.length;
      const { asked, answer } = heldAnswer();
      const filling = fill();
      await asked();
      await fill();
      expect(await kept(ctx)).toEqual([]);
      answer();
      await filling;
      expect(await kept(ctx)).toHaveLength(1);
      expect(wire.calls).toHaveLength(before + 1);
    });

    test("the vectors of a model have an index of their own", async () => {
      const { db } = database();
      const ctx = await testCtx();
      await remember(ctx, ["The car is red"]);
      await fill();
      const [index] = await db.$queryRaw<{ indexdef: string }[]>`select indexdef from pg_indexes
        where schemaname = 'vectors' and indexdef like ${`%meaning-1 ${new URL(wire.url).host}%`}`;
      expect(index?.indexdef).toContain("USING hnsw");
    });
  });
});
