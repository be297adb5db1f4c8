import { afterAll, describe, expect, it } from "vitest";
import { type IrNode, openPlanLab } from "#tests/plan-kit.ts";

const lab = openPlanLab();
afterAll(lab.close);

const COLUMNS = ["id integer", "v string"];
const transform = (input: string, ...ops: IrNode[]): IrNode => ({
  id: "change",
  kind: "transform",
  input,
  ops,
});
const upper: IrNode = { op: "rename", from: "v", to: "w" };
const check: IrNode = {
  id: "check",
  kind: "validate",
  input: "src",
  rowLevel: [{ id: "has", field: "v", rule: "not_null" }],
};

async function told(nodes: IrNode[]): Promise<string[]> {
  const lines: string[] = [];
  const onNode = (nodeId: string, state: string) => lines.push(`${nodeId} ${state}`);
  expect(await lab.run(nodes, { onNode })).toMatchObject({ ledger: { balanced: true } });
  return lines;
}

describe("the steps of a run", () => {
  it("are under way until their target is loaded, where nothing is stored before", async () => {
    const nodes = [
      lab.csv("id,v\n1,a\n2,b\n", COLUMNS),
      transform("src", upper),
      lab.target("change", lab.table()),
    ];
    expect(await told(nodes)).toEqual([
      ...["src running", "change running", "out running"],
      ...["src completed", "change completed", "out completed"],
    ]);
  });

  it("end when their rows are stored, before the target begins", async () => {
    const nodes = [lab.csv("id,v\n1,a\n2,\n", COLUMNS), check, lab.target("check", lab.table())];
    const lines = await told(nodes);
    expect(lines.slice(-6)).toEqual([
      ...["src running", "check running", "src completed", "check completed"],
      ...["out running", "out completed"],
    ]);
    expect(lines.indexOf("src completed")).toBe(lines.length - 4);
  });

  it("end when a later step has read them all and goes on with other rows", async () => {
    const count = { op: "aggregate", groupBy: ["v"], metrics: [{ fn: "count", field: "id", as: "n" }] };
    const nodes = [
      lab.csv("id,v\n1,a\n2,b\n", COLUMNS),
      transform("src", count),
      lab.target("change", lab.table()),
    ];
    expect(await told(nodes)).toEqual([
      ...["src running", "change running", "src completed"],
      ...["change completed", "out running", "out completed"],
    ]);
  });

  it("end each with the target that reads them", async () => {
    const nodes = [
      lab.csv("id,v\n1,a\n", COLUMNS, "one"),
      lab.csv("id,v\n1,a\n", COLUMNS, "two"),
      lab.target("one", lab.table(), {}, "first"),
      lab.target("two", lab.table(), {}, "second"),
    ];
    const lines = await told(nodes);
    const at = (line: string) => lines.indexOf(line);
    expect(at("one completed")).toBeLessThan(at("first completed"));
    expect(at("two completed")).toBeLessThan(at("second completed"));
    expect(lines).toHaveLength(8);
  });
});
