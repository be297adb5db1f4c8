import { expect, test, vi } from "vitest";
import { queryMemory } from "#lib/memory/index.ts";
import type { EmbeddingChoice } from "#lib/model/index.ts";
import { uniqueId, withDatabase } from "#tests/factories.ts";
import { startModelWire } from "#tests/model-wire.ts";
import { hasPostgresExtension } from "#tests/services.ts";
import { eraseMemory } from "./erase-memory.ts";
import { ingestEvent } from "./ingest-event.ts";
import { keepVectors } from "./keep-vectors.ts";

withDatabase("keepVectors", ({ engine, testCtx, database }) => {
  const missing = engine === "postgres" && !hasPostgresExtension("vector");

  test.skipIf(missing)(
    `what an event says is found by its meaning until it is erased${missing ? ": skipped, pgvector is not installed" : ""}`,
    async () => {
      const wire = await startModelWire();
      const ctx = await testCtx();
      const { db } = database();
      const embedding: EmbeddingChoice = {
        provider: "openai-compatible",
        model: "meaning-1",
        baseUrl: `${wire.url}/v1`,
      };
      const say = (text: string) =>
        ingestEvent({
          ctx,
          input: {
            event_id: uniqueId("e"),
            session_id: uniqueId("s"),
            visibility: "tenant",
            payload: { text },
          },
        });
      const ask = async () => {
        const result = await queryMemory({ ctx, input: { query_text: "doctor" }, embedding });
        return result.hits?.map(({ text }) => text) ?? [];
      };
      const kept = () =>
        db.$queryRaw<unknown[]>`select from vectors."MemoryVector" where "tenantId" = ${ctx.tenant}`;
      const { ack } = await say("The physician called");
      await say("Lunch was cold");
      const { stop } = keepVectors({ database: database(), embedding });
      try {
        await vi.waitUntil(async () => (await ask()).length > 0, { timeout: 20_000 });
        expect(await ask()).toEqual(["The physician called"]);
        expect(await kept()).toHaveLength(2);
        await eraseMemory({ ctx, input: { memory_id: ack.memory_id ?? "" } });
        expect(await kept()).toHaveLength(1);
        expect(await ask()).toEqual([]);
      } finally {
        await stop();
        await wire.close();
      }
    },
  );
});
