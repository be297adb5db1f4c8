import { describe, expect, it } from "vitest";
import type { IrNode, PipelineIr, Schedule } from "#lib/ir/schema.ts";
import { assist } from "./assist.ts";

const columns = ["email", "phone", "quantity"].map((name) => ({ name, type: "string" }));
const source: IrNode = {
  id: "src",
  kind: "source",
  connector: "local_fs",
  config: { path: "/tmp/o.csv", format: { type: "csv", columns } },
};

function ask(request: string, steps: IrNode[], schedule?: Schedule) {
  const last = steps.at(-1)?.id ?? "src";
  const target: IrNode = {
    id: "load",
    kind: "target",
    input: last,
    schema: "sales.orders",
    loadMode: "append",
  };
  const ir: PipelineIr = {
    kind: "pipeline",
    version: "1.0",
    id: "orders",
    metadata: { name: "Orders" },
    ...(schedule ? { schedule } : {}),
    nodes: [source, ...steps, target],
  };
  const known = { sources: [], destinations: [], files: [], columns: {}, decisions: [], mentions: [] };
  return assist({ version: 1, ir, request, ...known });
}

const masked: IrNode = {
  id: "t",
  kind: "transform",
  input: "src",
  ops: [{ op: "mask_pii", field: "email", strategy: "email" }],
};
const filtered: IrNode = {
  id: "f",
  kind: "transform",
  input: "src",
  ops: [{ op: "filter", expr: "quantity > 5" }],
};
const counted: IrNode = {
  id: "v",
  kind: "validate",
  input: "src",
  datasetLevel: { rowCount: { min: 100, onFail: "abort" } },
};

describe("a follow-up", () => {
  it("is about the one thing that can be meant", () => {
    expect(ask("make that 200", [counted]).rationale).toMatch(/200 instead of 100/);
    expect(ask("only a warning please", [counted]).patch).not.toEqual([]);
    expect(ask("hash it instead", [masked]).rationale).toMatch(/hashes email/);
    expect(ask("same for phone please", [masked]).rationale).toMatch(/masks phone/);
  });

  it("replaces a filter, where it is said with instead", () => {
    const { patch, rationale } = ask("keep only rows where quantity > 10 instead", [filtered]);
    expect(rationale).toMatch(/instead of quantity > 5/);
    expect(JSON.stringify(patch)).not.toContain('"/nodes/-"');
  });

  it("is asked back where two things can be meant, or none", () => {
    expect(ask("make that 200", [filtered, { ...counted, input: "f" }]).patch).toEqual([]);
    expect(ask("make that 200", []).patch).toEqual([]);
    expect(ask("hash it instead", []).patch).toEqual([]);
    expect(ask("only warn", []).patch).toEqual([]);
  });

  it("of a small number may be an hour", () => {
    const schedule: Schedule = { kind: "cron", expression: "0 6 * * *", timezone: "UTC" };
    expect(ask("make it 8", [counted], schedule).patch).toEqual([]);
  });
});

describe("several in one message", () => {
  it("takes no command for a column of the list before it", () => {
    expect(ask("upsert on email, refresh every 4 hours", []).rationale).toMatch(/same email\..*4 hours/);
  });
});
