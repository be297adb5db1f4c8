import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { compile, parsePipelineIR } from "#lib/ir/index.ts";
import { runPlan } from "../../run-plan.ts";
import { closeWarehouses, openWarehouse, scratchRoot } from "../../warehouse.ts";

const folder = mkdtempSync(path.join(tmpdir(), "penstock-files-"));
afterAll(async () => {
  await closeWarehouses();
  rmSync(folder, { recursive: true, force: true });
});

type Op = Record<string, unknown>;

async function errorOf(nodes: Op[][]) {
  const file = path.join(folder, "a.csv");
  writeFileSync(file, "a,b\n1,7\n2,x\n");
  const columns = [
    { name: "a", type: "integer" },
    { name: "b", type: "string" },
  ];
  const parsed = parsePipelineIR(
    {
      kind: "pipeline",
      version: "1.0",
      id: "p",
      metadata: { name: "P" },
      nodes: [
        {
          id: "src",
          kind: "source",
          connector: "local_fs",
          config: { path: file, format: { type: "csv", columns } },
        },
        ...nodes.map((ops, at) => ({
          id: `t${at}`,
          kind: "transform",
          input: at === 0 ? "src" : `t${at - 1}`,
          ops,
        })),
        { id: "out", kind: "target", input: `t${nodes.length - 1}`, schema: "lake.t", loadMode: "append" },
      ],
    },
    { strength: "executable", catalogue: { sources: [], destinations: [] } },
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  const scratchDir = path.join(scratchRoot(), "located");
  const { error } = await runPlan({
    plan: compile(parsed.ir),
    tenant: "t_demo",
    runId: "located",
    scratchDir,
    resolveDestination: async () => ({ kind: "duckdb", warehouse: await openWarehouse("t_demo") }),
  });
  expect(readdirSync(scratchRoot())).not.toContain("located");
  return error;
}

const fine: Op = { op: "expression", field: "c", expr: "a + 1" };
const number: Op = { op: "expression", field: "d", expr: "cast(b as integer)" };
const large: Op = { op: "expression", field: "e", expr: "a + 2147483646" };

describe("what an expression could not compute", () => {
  it.each([
    ["in the second of three nodes", [[fine], [number], [fine]], "t1", "expression:d", /string 'x'/],
    [
      "in the last of three ops",
      [[fine, { op: "rename", from: "c", to: "f" }, large]],
      "t0",
      "expression:e",
      /Overflow/,
    ],
    [
      "after a deduplication",
      [[fine], [{ op: "deduplicate", keys: ["a"], keep: "first" }, number], [fine]],
      "t1",
      "expression:d",
      /string 'x'/,
    ],
    [
      "in a filter of the last node",
      [[fine], [fine, { op: "filter", expr: "cast(b as integer) > 5" }]],
      "t1",
      "filter",
      /string 'x'/,
    ],
  ] as const)("%s is told with its node and op", async (_, nodes, nodeId, rule, message) => {
    const error = await errorOf(nodes as unknown as Op[][]);
    expect(error).toMatchObject({ code: "engine_error", nodeId, rule, retryable: false });
    expect(error?.message).toMatch(message);
  });
});
