import { emptyPipelineIr, parsePipelineIR } from "#lib/ir/index.ts";
import type { BenchResult } from "./report.ts";

const NODES = 200;
const WARM_UP = 50;
const ROUNDS = 500;

/** A pipeline of `count` nodes: one source, then transforms and checks that use each other's columns, one target. */
function pipelineOf(count: number): unknown {
  const columns = [
    { name: "id", type: "integer" },
    { name: "name", type: "string" },
    { name: "amount", type: "decimal(12,2)" },
  ];
  const middle = Array.from({ length: count - 2 }, (_, index) => {
    const input = index === 0 ? "src" : `n${index - 1}`;
    const id = `n${index}`;
    if (index % 3 === 0) {
      const expr = `CASE WHEN amount > ${index} THEN upper(name) ELSE coalesce(name, 'none') END`;
      return { id, kind: "transform", input, ops: [{ op: "expression", field: `c${index}`, expr }] };
    }
    if (index % 3 === 1)
      return { id, kind: "transform", input, ops: [{ op: "filter", expr: `amount * 2 >= ${index}` }] };
    const rowLevel = [
      { id: "there", field: "id", rule: "not_null" },
      { id: "form", field: "name", rule: "regex:^[A-Z]" },
    ];
    return { id, kind: "validate", input, datasetLevel: { rowCount: { min: 1 } }, rowLevel };
  });
  const config = { path: "/tmp/orders.csv", format: { type: "csv", columns } };
  return {
    ...emptyPipelineIr("bench", "Bench"),
    schedule: { kind: "cron", expression: "0 6 * * *", timezone: "Europe/Berlin" },
    nodes: [
      { id: "src", kind: "source", connector: "local_fs", config },
      ...middle,
      {
        id: "load",
        kind: "target",
        input: `n${count - 3}`,
        schema: "shop.orders",
        loadMode: "upsert",
        upsertKey: ["id"],
      },
    ],
  };
}

/** Time of `parsePipelineIR` at executable strength, warmed, for 200 nodes and for ten times fewer. */
export default async function irParse(): Promise<BenchResult> {
  return {
    about:
      "`parsePipelineIR` at executable strength, in ms; the limit for 200 nodes is 5. The yardstick is `JSON.parse` of the same document.",
    columns: ["nodes", "median", "p99", "× JSON.parse"],
    rows: [NODES, NODES / 10].map(measure),
    notes: [`${ROUNDS} rounds each, after ${WARM_UP} to warm up.`],
  };
}

function measure(nodes: number): (string | number)[] {
  const pipeline = pipelineOf(nodes);
  const text = JSON.stringify(pipeline);
  const catalogue = { sources: [], destinations: [] };
  const ours = timed(() => {
    const result = parsePipelineIR(pipeline, { strength: "executable", catalogue });
    if (!result.ok) throw new Error(result.issues[0]?.message);
  });
  const yardstick = timed(() => JSON.parse(text));
  const ratio = at(ours, 0.5) / at(yardstick, 0.5);
  return [nodes, at(ours, 0.5).toFixed(2), at(ours, 0.99).toFixed(2), ratio.toFixed(0)];
}

function timed(work: () => void): number[] {
  const times: number[] = [];
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    const start = performance.now();
    work();
    if (round >= WARM_UP) times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b);
}

const at = (times: number[], share: number) => times[Math.floor(times.length * share)] ?? 0;
