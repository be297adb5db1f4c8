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
import { chainOf, tenNodePatch } from "./proposal-concurrency/ten-nodes.ts";
import type { BenchResult } from "./report.ts";

const SIZES = [200, 20];
const WARM = 10;
const ROUNDS = 100;

/** A check of a node of {@link chain}. */
const checkOf = (at: number) => ({
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

/** What a provider is sent: the prompt, and the schema that its answer is bound to. */
type Sent = { prompt: unknown; schema: unknown };

/** A provider that answers at once: what is left is our own time. */
function instantModel(answer: unknown, onCall?: (sent: Sent) => void): LanguageModel {
  const text = JSON.stringify(answer);
  return {
    specificationVersion: "v4",
    provider: "instant",
    modelId: "instant",
    supportedUrls: {},
    doGenerate: async ({ prompt, responseFormat }) => {
      const schema = responseFormat?.type === "json" ? responseFormat.schema : undefined;
      onCall?.({ prompt, schema });
      return {
        content: [{ type: "text", text }],
        finishReason: { unified: "stop", raw: "stop" },
        usage: {
          inputTokens: { total: 1, noCache: 1, cacheRead: undefined, cacheWrite: undefined },
          outputTokens: { total: 1, text: 1, reasoning: undefined },
        },
        warnings: [],
      };
    },
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
      notes: [`${ROUNDS} proposals each, after ${WARM} to warm up.`, await promptOf(ctx)],
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
  const model = instantModel(checkOf(nodes / 2));
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

/** Characters of a token of English and JSON, at the least that common tokenizers reach over both. */
const CHARACTERS = 3.5;
/** What such tokenizers never join: a word, up to three digits, a run of signs, blanks. Each is a token or more. */
const PIECES = /'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}{1,3}| ?[^\s\p{L}\p{N}]+|\s+/gu;

/** How long the prompt of one attempt is, on a pipeline of ten nodes. */
async function promptOf(ctx: Ctx): Promise<string> {
  const { pipelineId } = await publishVersion({ ctx, input: { ir: chainOf(10), origin: "created" } });
  let sent: Sent | undefined;
  const model = instantModel(tenNodePatch(), (given) => {
    sent = given;
  });
  const input = { pipelineId, message: "keep only rows where amount > 0" };
  for await (const event of proposeChange({ ctx, input, model }))
    if (event.type === "answer" && !event.data.answer.ok) throw new Error("the proposal was not accepted");
  const turns = (sent?.prompt ?? []) as { content: string | { text?: string }[] }[];
  const prompt = turns
    .map(({ content }) =>
      typeof content === "string" ? content : content.map(({ text }) => text ?? "").join("\n"),
    )
    .join("\n");
  const text = `${prompt}\n${JSON.stringify(sent?.schema)}`;
  const pieces = text.match(PIECES)?.length ?? 0;
  const tokens = Math.max(pieces, Math.ceil(text.length / CHARACTERS));
  return `The prompt of one attempt on a pipeline of 10 nodes has ${text.length.toLocaleString("en")} characters, the answer's schema with it: at most about ${tokens.toLocaleString("en")} tokens, counted as the larger of one for ${CHARACTERS} characters and one for each word, number and run of signs (${pieces.toLocaleString("en")}). The limit is 6,000.`;
}
