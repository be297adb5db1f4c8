import { fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Ctx } from "#lib/context.ts";
import { closeDatabase, getDb } from "#lib/db.ts";
import { previewDocuments, proposeChange } from "#lib/proposals/index.ts";
import { publishVersion } from "#lib/runs/index.ts";
import { previewPlan } from "#lib/runtime/index.ts";
import { createTenant } from "#lib/settings/index.ts";
import { createSource } from "#lib/sources/index.ts";
import { timeOf } from "../measure.ts";

/** What a process of its own tries out: a file, from this machine or from a web server; `data` is its own folder. */
export type Task = { file: string; url?: string; rounds: number; data: string };
/** Times in milliseconds, memory of that process in megabytes. */
export type Measured = { times: number[]; previews: number; idle: number; peak: number };

const WARM = 3;

/** Asks for dry runs in a fresh process, so that its peak of memory is theirs alone. */
export function previewInChild(task: Task): Promise<Measured> {
  const child = fork(import.meta.filename, ["child"], {
    execArgv: ["--disable-warning=ExperimentalWarning"],
    env: {
      ...process.env,
      PENSTOCK_LOG_LEVEL: "silent",
      PENSTOCK_DATA_DIR: path.join(task.data, randomUUID()),
      PENSTOCK_READ_ROOTS: `t_bench=${path.dirname(task.file)}`,
    },
  });
  child.send(task);
  return new Promise((resolve, reject) => {
    child.once("message", (answer) => resolve(answer as Measured));
    child.once("exit", (code) => reject(new Error(`The child ended with ${code}`)));
  });
}

const memory = (what: "VmRSS" | "VmHWM") =>
  Math.round(
    Number(new RegExp(`${what}:\\s+(\\d+)`).exec(readFileSync("/proc/self/status", "utf8"))?.[1]) / 1024,
  );

const columns = [
  ["id", "bigint"],
  ["customer_id", "integer"],
  ["amount", "decimal(12,2)"],
  ["status", "string"],
  ["created_at", "timestamptz"],
  ["note", "string"],
].map(([name = "", type = ""]) => ({ name, type }));

/** A pipeline over the file, and a proposal that hides a column of it. @returns the proposal's id. */
async function proposed(ctx: Ctx, { file, url }: Task): Promise<string> {
  const format = { type: "csv", columns };
  const config = { path: url ? path.basename(file) : file, format };
  if (url) await createSource({ ctx, input: { connector: "http_pull", name: "web", fields: { url } } });
  const source = url
    ? { id: "src", kind: "source", connector: "http_pull", sourceRef: "web", config }
    : { id: "src", kind: "source", connector: "local_fs", config };
  const rules = [{ id: "positive", field: "amount", rule: "gt:1" }];
  const nodes = [
    source,
    { id: "check", kind: "validate", input: "src", datasetLevel: { rowCount: { min: 1 } }, rowLevel: rules },
    {
      id: "shape",
      kind: "transform",
      input: "check",
      ops: [{ op: "expression", field: "status", expr: "upper(status)" }],
    },
    { id: "load", kind: "target", input: "shape", schema: "bench.orders", loadMode: "append" },
  ];
  const ir = { kind: "pipeline", version: "1.0", id: "bench", metadata: { name: "Bench" }, nodes };
  const { pipelineId } = await publishVersion({ ctx, input: { ir, origin: "created" } });
  for await (const event of proposeChange({ ctx, input: { pipelineId, message: "mask note" } }))
    if (event.type === "answer" && event.data.answer.ok && event.data.answer.changes.length > 0)
      return event.data.answer.proposalId;
  throw new Error("nothing was proposed");
}

async function runTask(task: Task): Promise<Measured> {
  const db = await getDb();
  await createTenant(db, { id: "t_bench", name: "bench", flowIrEnabled: true });
  const actor = { id: "bench", kind: "user" as const };
  const ctx: Ctx = { tenant: "t_bench", actor, roles: ["ROLE_ADMIN"], requestId: randomUUID(), db };
  const id = await proposed(ctx, task);
  // Opening the embedded database takes more memory than anything after it: the peak is counted anew from here.
  writeFileSync("/proc/self/clear_refs", "5");
  const idle = memory("VmRSS");
  const one = async () => {
    const { before, after } = await previewPlan({
      ctx,
      input: await previewDocuments({ ctx, input: { id } }),
    });
    if (before?.error || after.error) throw new Error(JSON.stringify([before?.error, after.error]));
    if (after.nodes[0]?.counts.out !== 1_000) throw new Error("the sample is not whole");
  };
  const times: number[] = [];
  for (let round = 0; round < WARM + task.rounds; round++) {
    const time = await timeOf(one);
    if (round >= WARM) times.push(time);
  }
  const peak = memory("VmHWM");
  await closeDatabase();
  return { times, previews: WARM + task.rounds, idle, peak };
}

if (process.argv[2] === "child")
  process.once("message", async (task) => {
    process.send?.(await runTask(task as Task), () => process.exit(0));
  });
