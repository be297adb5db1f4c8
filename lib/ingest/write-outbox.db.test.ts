import { expect, test } from "vitest";
import { limits } from "#lib/limits.ts";
import { uniqueId, withDatabase } from "#tests/factories.ts";
import { eraseMemory } from "./erase-memory.ts";
import { tailEvents } from "./tail-events.ts";
import { type Outbox, writeOutbox } from "./write-outbox.ts";

type Row = { tenantId: string; id: string };

withDatabase("an outbox", ({ testCtx }) => {
  /** Rows in memory; marking takes them away. */
  function outboxOf(rows: Row[]): Outbox<Row> & { taken: number[] } {
    const taken: number[] = [];
    return {
      name: "rows of a test",
      taken,
      take: async (limit) => {
        const some = rows.slice(0, limit);
        taken.push(some.length);
        return some;
      },
      eventsOf: ({ id }) => [{ event_id: id, agent_id: "pipeline-assistant", payload: { text: id } }],
      mark: async (tenant, done) => {
        for (const row of done) {
          expect(row.tenantId).toBe(tenant);
          rows.splice(rows.indexOf(row), 1);
        }
      },
    };
  }

  test("is emptied over several steps, each tenant's rows into its own log", async () => {
    const [one, other] = [await testCtx(), await testCtx()];
    const rows = Array.from({ length: 230 }, (_, n) => ({
      tenantId: (n % 2 === 0 ? one : other).tenant,
      id: uniqueId(`e${n}`),
    }));
    const ids = (tenant: string) => rows.filter((row) => row.tenantId === tenant).map(({ id }) => id);
    const expected = [ids(one.tenant), ids(other.tenant)];
    const outbox = outboxOf(rows);
    await writeOutbox(outbox);
    expect(outbox.taken).toEqual([100, 100, 30]);
    for (const [at, ctx] of [one, other].entries()) {
      const { events } = await tailEvents({ ctx, input: { from_lsn: 0, limit: 1_000 } });
      expect(events.map(({ event_id }) => event_id)).toEqual(expected[at]);
    }
  });

  test("goes on past an event that is refused for good, and past one that was erased", async () => {
    const ctx = await testCtx();
    const [first, last] = [uniqueId("e"), uniqueId("e")];
    const row = (id: string) => ({ tenantId: ctx.tenant, id });
    await writeOutbox(outboxOf([row(first)]));
    await eraseMemory({ ctx, input: { memory_id: `mem_${first}` } });
    const rows = [row(first), row("x".repeat(limits.idChars + 1)), row(last)];
    await writeOutbox(outboxOf(rows));
    expect(rows).toEqual([]);
    const { events } = await tailEvents({ ctx, input: { from_lsn: 0, limit: 10 } });
    expect(events.map(({ event_id, payload }) => [event_id, payload.text])).toEqual([
      [first, undefined],
      [last, last],
    ]);
  });
});
