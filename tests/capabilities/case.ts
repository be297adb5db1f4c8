import { expect } from "vitest";
import type { IrNode, PlanLab, Ran, Row } from "#tests/plan-kit.ts";

/** One proof of one line of the capability table, named as `kind name`. */
export type CapabilityCase = { line: string; title: string; run: (lab: PlanLab) => Promise<void> };

/** One transform over a small CSV, and what is in the table after it. Column types as `name type`. */
export type TransformCase = {
  ops: IrNode[];
  csv: string;
  columns: string[];
  rows: Row[];
  /** Parts of the ledger, by name. */
  ledger?: Row;
  rejects?: Row[];
};

/** Runs a transform and compares the table's rows, in order of the first column, with those expected. */
export async function expectTransform(lab: PlanLab, given: TransformCase): Promise<Ran> {
  const table = lab.table();
  const ran = await lab.run([
    lab.csv(given.csv, given.columns),
    { id: "t", kind: "transform", input: "src", ops: given.ops },
    lab.target("t", table),
  ]);
  expect(ran.error).toBeUndefined();
  expect(ran.ledger).toMatchObject({ balanced: true, ...given.ledger });
  expect(await lab.rows(table)).toEqual(given.rows);
  if (given.rejects) expect(ran.rejects).toMatchObject(given.rejects);
  return ran;
}

/** Makes a case of a transform. */
export function transformCase(line: string, title: string, given: TransformCase): CapabilityCase {
  return { line, title, run: async (lab) => void (await expectTransform(lab, given)) };
}
