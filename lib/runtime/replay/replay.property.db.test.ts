import fc from "fast-check";
import { expect, test } from "vitest";
import { withDatabase } from "#tests/factories.ts";
import { replayKit } from "#tests/replay-kit.ts";
import { progress } from "#tests/run-kit.ts";
import type { QuarantinedRow } from "../schema.ts";
import { discardQuarantine, restoreQuarantine } from "./discard-quarantine.ts";

/** What is done with the rows that wait: by index, modulo how many there are. */
const STEP = fc.oneof(
  fc.record({ do: fc.constant("email"), row: fc.nat(9), value: fc.constantFrom("x@y.co", "bad", null) }),
  fc.record({ do: fc.constant("amount"), row: fc.nat(9), value: fc.constantFrom(1, 500) }),
  fc.record({
    do: fc.constantFrom("replay", "discard", "restore"),
    row: fc.nat(9),
    value: fc.constant(null),
  }),
  fc.record({ do: fc.constant("replay all"), row: fc.constant(0), value: fc.constant(null) }),
);
const GIVEN = fc.record({
  rows: fc.array(
    fc.record({ email: fc.constantFrom("a@b.co", "bad"), amount: fc.constantFrom("1", "500", "x") }),
    {
      minLength: 2,
      maxLength: 8,
    },
  ),
  loadMode: fc.constantFrom("append", "truncate", "blue_green"),
  steps: fc.array(STEP, { maxLength: 6 }),
});

withDatabase("rejected rows, whatever is done with them,", (use) => {
  const {
    demo,
    table: newTable,
    put,
    source,
    check,
    target,
    ran,
    rows,
    edit,
    replay,
    column,
  } = replayKit(use);

  test("are loaded, waiting or discarded, and the table holds the loaded ones once", async () => {
    const ctx = await demo();
    await fc.assert(
      fc.asyncProperty(GIVEN, async ({ rows: given, loadMode, steps }) => {
        const table = newTable();
        const lines = [
          "0,good@row.co,1",
          ...given.map(({ email, amount }, at) => `${at + 1},${email},${amount}`),
        ];
        put("orders", `id,email,amount\n${lines.join("\n")}\n`);
        const { runId } = await ran(ctx, [
          source(),
          check(),
          {
            id: "small",
            kind: "validate",
            input: "check",
            rowLevel: [{ id: "lt", field: "amount", rule: "lt:100" }],
          },
          target("small", table, { loadMode }),
        ]);
        for (const step of steps) {
          const all = await rows(ctx, runId);
          const pick = (states: QuarantinedRow["state"][]) => {
            const some = all.filter(({ state }) => states.includes(state));
            return some[step.row % Math.max(some.length, 1)];
          };
          const waits = pick(["waiting", "edited", "rejected_again"]);
          const discarded = pick(["discarded"]);
          if (step.do === "restore") {
            if (discarded) await restoreQuarantine({ ctx, input: { runId, rowIds: [discarded.id] } });
          } else if (!waits) continue;
          else if (step.do === "discard")
            await discardQuarantine({ ctx, input: { runId, rowIds: [waits.id] } });
          else if (step.do.startsWith("replay")) {
            const { run } = await replay(ctx, runId, step.do === "replay" ? [waits.id] : undefined);
            expect(run.ledger).toMatchObject({ balanced: true });
            expect(run.rowsRead).toBe(run.rowsOut + run.rowsRejected);
          } else await edit(ctx, waits, runId, { [step.do]: step.value });
        }
        const after = await rows(ctx, runId);
        const bad = given.flatMap(({ email, amount }, at) =>
          email === "bad" || amount !== "1" ? [String(at + 1)] : [],
        );
        // In quarantine is what was rejected, each row once, and nothing is on its way any more.
        expect(after.map(({ rowNumber }) => String(Number(rowNumber) - 1))).toEqual(bad);
        expect(after.filter(({ state }) => state === "replaying" || state === "left_out")).toEqual([]);
        const loaded = after
          .filter(({ state }) => state === "loaded")
          .map(({ rowNumber }) => Number(rowNumber) - 1);
        const good = lines.map((_, at) => at).filter((at) => !bad.includes(String(at)));
        expect(await column(ctx, table)).toEqual([...good, ...loaded].map(String).toSorted());
        expect((await progress(ctx, runId)).replayed).toBe(loaded.length);
      }),
      { numRuns: 12 },
    );
  }, 240_000);
});
