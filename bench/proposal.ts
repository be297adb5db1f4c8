import "./ingest/environment.ts";
import { randomUUID } from "node:crypto";
import type { Ctx } from "#lib/context.ts";
import { closeDatabase, getDb } from "#lib/db.ts";
import type { PipelineIr } from "#lib/ir/schema.ts";
import type { LanguageModel } from "#lib/model/index.ts";
import { proposeChange } from "#lib/proposals/index.ts";
import { publishVersion } from "#lib/runs/index.ts";
import { createTenant } from "#lib/settings/index.ts";
import { figuresOf, timeOf } from "./measure.ts";
import type { BenchResult } from "./report.ts";

const SIZES = [200, 20];
const WARM = 10;
const ROUNDS = 100;

/** A provider that answers at once: what is left is our own time. */
function instantModel(at: number): LanguageModel {
  const text = JSON.stringify({
    rationale: "Adds a check.",
    patch: [
      { op: "test", path: `/nodes/${at}/id`, from: null, valueJson: JSON.stringify(`t${at}`) },
      {
        op: "add",
        path: `/nodes/${at}/ops/-`,
        from: null,
        valueJson: JSON.stringify({ op: "filter", expr: "amount > 0" }),
      },
    ],
  });
  return {
    specificationVersion: "v4",
    provider: "instant",
    modelId: "instant",
    supportedUrls: {},
    doGenerate: async () => ({
      content: [{ type: "text", text }],
      finishReason: { unified: "stop", raw: "stop" },
      usage: {
        inputTokens: { total: 1, noCache: 1, cacheRead: undefined, cacheWrite: undefined },
        outputTokens: { total: 1, text: 1, reasoning: undefined },
      },
      warnings: [],
    }),
    doStream: async () => {
      throw new Error("not asked for");
    },
  };
}

function chain(nodes: number): PipelineIr {
  const columns = ["id", "amount", "status"].map((name) => ({
    name,
    type: name === "amount" ? "double" : "string",
  }));
  const transforms = Array.from({ length: nodes - 2 }, (_, at) => ({
    id: `t${at + 1}`,
    kind: "transform" as const,
    input: at === 0 ? "src" : `t${at}`,
    ops: [{ op: "expression" as const, field: "amount", expr: "amount * 1.0 + 0" }],
  }));
  return {
    kind: "pipeline",
    version: "1.0",
    id: `bench-${nodes}`,
    metadata: { name: "bench" },
    nodes: [
      {
        id: "src",
        kind: "source",
        connector: "local_fs",
        config: { path: "/tmp/bench.csv", format: { type: "csv", columns } },
      },
      ...transforms,
      { id: "load", kind: "target", input: `t${nodes - 2}`, schema: "bench.rows", loadMode: "append" },
    ],
  };
}

/** Server time of one proposal beyond the provider's, on a pipeline of 200 nodes and on one of 20. */
export default async function proposal(): Promise<BenchResult> {
  try {
    const ctx = await newCtx();
    const rows: (string | number)[][] = [];
    for (const nodes of SIZES) {
      const { median, p99 } = figuresOf(await timesOf(ctx, nodes));
      rows.push([nodes, median, p99]);
    }
    return {
      about:
        "One proposal from message to stored answer, in ms, with a provider that answers at once: prompt, patch, checks, Proposal and audit row. Embedded database.",
      columns: ["nodes", "median", "p99"],
      rows,
      notes: [`${ROUNDS} proposals each, after ${WARM} to warm up.`],
    };
  } finally {
    await closeDatabase();
  }
}

async function newCtx(): Promise<Ctx> {
  const db = await getDb();
  const tenant = `t_bench_${randomUUID().slice(0, 8)}`;
  await createTenant(db, { id: tenant, name: tenant, flowIrEnabled: true });
  const actor = { id: "bench", kind: "system" as const };
  return { tenant, actor, roles: ["ROLE_ADMIN"], requestId: randomUUID(), db };
}

async function timesOf(ctx: Ctx, nodes: number): Promise<number[]> {
  const { pipelineId } = await publishVersion({ ctx, input: { ir: chain(nodes), origin: "created" } });
  const model = instantModel(nodes / 2);
  const times: number[] = [];
  for (let round = 0; round < WARM + ROUNDS; round++) {
    // The limit of 100 an hour is not what is measured.
    await ctx.db.rateLimitHit.deleteMany({ where: { key: `proposals:${ctx.tenant}` } });
    const time = await timeOf(async () => {
      const input = { pipelineId, message: "keep only rows where amount > 0" };
      let answered = false;
      for await (const event of proposeChange({ ctx, input, model })) {
        answered ||= event.type === "answer" && event.data.answer.ok;
      }
      if (!answered) throw new Error("the proposal was not accepted");
    });
    if (round >= WARM) times.push(time);
  }
  return times;
}
