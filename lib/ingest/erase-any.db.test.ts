import fc from "fast-check";
import { expect, test } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { isAppError } from "#lib/errors.ts";
import { withDatabase } from "#tests/factories.ts";
import { eraseAgentMemory } from "./erase-agent-memory.ts";
import { eraseMemory } from "./erase-memory.ts";
import { eraseSessionMemory } from "./erase-session-memory.ts";
import { ingestEvent } from "./ingest-event.ts";
import { replay } from "./replay.ts";
import { OBJECT_UPSERTED } from "./schema.ts";

const agent_id = fc.constantFrom("a", "b", "");
const session_id = fc.constantFrom("s", "t", "");
const text = fc.constantFrom("red kites", "blue kites over it", "unpaid", "");

/** Events and objects with few ids, so that they are about the same things. */
const Step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ agent_id, session_id, payload: fc.record({ text }) }) },
  written("memory", { memory_id: fc.constantFrom("mem_e0", "mem_e2", "note"), agent_id, content: text }),
  written("agent", { agent_id: fc.constantFrom("a", "b"), name: text }),
  written("session", { session_id: fc.constantFrom("s", "t"), agent_id }),
  written("state", { state_id: fc.constantFrom("state_s_e0", "mine"), state_value: text }),
  written("artifact", { artifact_id: fc.constantFrom("art_e0", "mine"), uri: text }),
  written("edge", {
    edge_id: fc.constantFrom("edge_mem_e1_causal_0", "mine"),
    src_object_id: fc.constant("note"),
    dst_object_id: fc.constantFrom("mem_e0", "x"),
  }),
);
const Erasing = fc.oneof(
  fc.record({ memory_id: fc.constantFrom("mem_e0", "mem_e1", "mem_e2", "mem_e3", "note") }),
  fc.record({ agent_id: fc.constantFrom("a", "b") }),
  fc.record({ session_id: fc.constantFrom("s", "t") }),
);

withDatabase("whatever is erased from whatever log", ({ testCtx }) => {
  async function erase(ctx: Ctx, input: object): Promise<void> {
    const { memory_id, agent_id: agent, session_id: session } = input as Partial<Record<string, string>>;
    try {
      if (memory_id) await eraseMemory({ ctx, input: { memory_id } });
      else if (agent) await eraseAgentMemory({ ctx, input: { agent_id: agent } });
      else if (session) await eraseSessionMemory({ ctx, input: { session_id: session } });
    } catch (error) {
      if (!isAppError(error) || error.code !== "memory_not_found") throw error;
    }
  }

  test("what is derived is what a replay of the log gives", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(Step, { minLength: 3, maxLength: 12 }),
        fc.array(Erasing, { minLength: 1, maxLength: 3 }),
        async (steps, erasings) => {
          const ctx = await testCtx();
          for (const [n, step] of steps.entries())
            await ingestEvent({
              ctx,
              input: { event_id: `e${n}`, causal_refs: n === 1 ? ["e0"] : [], ...step },
            });
          for (const one of erasings) {
            await erase(ctx, one);
            const { tables } = await replay({ ctx, input: {} });
            const wrong = tables.filter(({ missing, extra, different }) => missing + extra + different > 0);
            expect(wrong.map(({ table }) => table)).toEqual([]);
          }
        },
      ),
      { numRuns: 25 },
    );
  }, 120_000);
});

function written(object_type: string, object: Record<string, fc.Arbitrary<string>>) {
  return fc.record({ agent_id, object: fc.record(object) }).map(({ agent_id: by, object: what }) => ({
    ...{ agent_id: by, event_type: OBJECT_UPSERTED },
    payload: { object_type, object: what },
  }));
}
