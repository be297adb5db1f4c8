import { expect } from "vitest";
import type { IrNode, PlanLab } from "#tests/plan-kit.ts";

/**
 * Two targets of one run: the second fails, and the run begins again. The first must be loaded once, with the counts of
 * the first time, and what was rejected must be handed out anew.
 */
export async function expectBeginAgain(lab: PlanLab): Promise<void> {
  const [first, second, copy] = [lab.table(), lab.table(), lab.table()];
  const columns = ["id integer", "v string"];
  const upsert = { loadMode: "upsert", upsertKey: ["id"] };
  const nodes = (file: IrNode): IrNode[] => [
    file,
    {
      id: "check",
      kind: "validate",
      input: "src",
      rowLevel: [{ id: "positive", field: "id", rule: "gt:0" }],
      quarantine: { table: copy },
    },
    lab.target("check", first, {}, "one"),
    lab.target("check", second, upsert, "two"),
  ];
  const file = lab.csv("id,v\n1,a\n2,b\n-1,x\n2,c\n", columns);
  // A table in the way: its column takes no text.
  await lab.run([lab.csv("id,v\n7,8\n", ["id integer", "v integer"]), lab.target("src", second)]);
  const runId = lab.table();
  const failed = await lab.run(nodes(file), { runId });
  expect(failed).toMatchObject({
    status: "failed",
    error: { code: "type_mismatch", nodeId: "two", retryable: false },
    ledger: { nodes: { one: { in: 3, inserted: 3 } } },
  });
  expect(await lab.rows(first)).toHaveLength(3);
  await lab.query(`DROP TABLE ${second}`);
  const again = await lab.run(nodes(file), { runId });
  expect(again).toMatchObject({
    status: "completed_with_errors",
    ledger: {
      balanced: true,
      read: 4,
      rejected: 1,
      nodes: { one: { in: 3, inserted: 3 }, two: { in: 3, inserted: 2, deduplicated: 1 } },
    },
    rejects: [{ nodeId: "check", rule: "positive", row: { id: -1, v: "x" } }],
  });
  expect(await lab.rows(first)).toHaveLength(3);
  expect((await lab.rows(second)).map(({ id, v }) => [id, v])).toEqual([
    [1, "a"],
    [2, "c"],
  ]);
  expect(await lab.rows(copy)).toHaveLength(1);
  // Another run of the same pipeline is another load.
  expect(await lab.run(nodes(file))).toMatchObject({
    ledger: { nodes: { one: { inserted: 3 }, two: { unchanged: 2 } } },
  });
  expect(await lab.rows(first)).toHaveLength(6);
}
