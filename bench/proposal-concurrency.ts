import "./ingest/environment.ts";
import { randomUUID } from "node:crypto";
import path from "node:path";
import type { Ctx } from "#lib/context.ts";
import { closeDatabase, connectServer, type Database, getDb } from "#lib/db.ts";
import { migrate } from "#lib/migrate.ts";
import { chooseModel, type LanguageModel } from "#lib/model/index.ts";
import { proposeChange } from "#lib/proposals/index.ts";
import { publishVersion } from "#lib/runs/index.ts";
import { createTenant } from "#lib/settings/index.ts";
import { startPostgres } from "#tests/services.ts";
import { figuresOf } from "./measure.ts";
import { slowProvider } from "./proposal-concurrency/slow-provider.ts";
import { chainOf, tenNodePatch } from "./proposal-concurrency/ten-nodes.ts";
import type { BenchResult } from "./report.ts";

const PROVIDER_MS = 2_000;
const AT_ONCE = [1, 10, 50];
const ROUNDS = 5;

type Round = { wall: number; added: number[] };

/** Proposals at once with a provider that takes two seconds: what we add to each, and whether they wait for each other. */
export default async function proposalConcurrency(): Promise<BenchResult> {
  const calls = 3 * (ROUNDS + 1) * AT_ONCE.reduce((sum, count) => sum + count, 0);
  const provider = await slowProvider({ json: tenNodePatch(), delayMs: PROVIDER_MS }, calls);
  const model = chooseModel(
    { provider: "openai-compatible", model: "local", baseUrl: `${provider.url}/v1` },
    () => {
      throw new Error("not the rules assistant");
    },
  );
  const postgres = await startPostgres({ durable: true });
  try {
    await postgres.createDatabase("bench");
    const server = await connectServer(postgres.databaseUrl("bench"));
    await migrate(server.pool, path.resolve("prisma/migrations"));
    const rows = [
      ...(await measure("embedded", await getDb(), model)),
      ...(await measure("PostgreSQL, fsync on", server.db, model)),
    ];
    await server.close();
    return {
      about: `Proposals asked for at the same moment by one tenant, over HTTP to a provider in another process that answers each after ${PROVIDER_MS / 1000} s: from message to stored answer, on a pipeline of 10 nodes. Added is what one takes beyond the provider's time; wall is until the last has its answer. Times in ms, ${ROUNDS} rounds.`,
      columns: [
        "database",
        "at once",
        "added p50",
        "added p99",
        "wall median",
        "wall max",
        "wall beyond the provider's",
      ],
      rows,
    };
  } finally {
    provider.stop();
    await postgres.stop();
    await closeDatabase();
  }
}

async function measure(
  name: string,
  db: Database["db"],
  model: LanguageModel,
): Promise<(string | number)[][]> {
  const tenant = `t_bench_${randomUUID().slice(0, 8)}`;
  await createTenant(db, { id: tenant, name: tenant, flowIrEnabled: true });
  const actor = { id: "bench", kind: "system" as const };
  const ctx: Ctx = { tenant, actor, roles: ["ROLE_ADMIN"], requestId: randomUUID(), db };
  const { pipelineId } = await publishVersion({ ctx, input: { ir: chainOf(10), origin: "created" } });
  const rows: (string | number)[][] = [];
  for (const count of AT_ONCE) {
    await round(ctx, pipelineId, model, count);
    const rounds: Round[] = [];
    for (let n = 0; n < ROUNDS; n++) rounds.push(await round(ctx, pipelineId, model, count));
    const added = figuresOf(rounds.flatMap((one) => one.added));
    const wall = figuresOf(rounds.map((one) => one.wall));
    rows.push([name, count, added.median, added.p99, wall.median, wall.max, wall.median - PROVIDER_MS]);
  }
  return rows;
}

async function round(ctx: Ctx, pipelineId: string, model: LanguageModel, count: number): Promise<Round> {
  // The limit of 100 an hour is not what is measured.
  await ctx.db.rateLimitHit.deleteMany({ where: { key: `proposals:${ctx.tenant}` } });
  const since = performance.now();
  const added = await Promise.all(
    Array.from({ length: count }, async () => {
      const begin = performance.now();
      const input = { pipelineId, message: "keep only rows where amount > 0" };
      let answered = false;
      for await (const event of proposeChange({ ctx, input, model }))
        answered ||= event.type === "answer" && event.data.answer.ok;
      if (!answered) throw new Error("the proposal was not accepted");
      return performance.now() - begin - PROVIDER_MS;
    }),
  );
  return { wall: performance.now() - since, added };
}
