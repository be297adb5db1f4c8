import { execFileSync, fork } from "node:child_process";
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { finished } from "node:stream/promises";
import pg from "pg";
import { compile, parsePipelineIR } from "#lib/ir/index.ts";
import { runPlan } from "#lib/runtime/index.ts";
import { findPostgres, type PostgresServer, startPostgres } from "#tests/services.ts";
import { figuresOf, inTurn, pairedRatio } from "./measure.ts";
import type { BenchResult } from "./report.ts";

const flag = (name: string, otherwise: number) =>
  Number(process.argv.find((given) => given.startsWith(`--${name}=`))?.split("=")[1] ?? otherwise);
const ROWS = flag("rows", 1_000_000);
const RUNS = flag("runs", 5);
const TABLE =
  "id bigint, customer_id integer, amount numeric(12,2), status text, created_at timestamptz, note text";
const COLUMNS = [
  ["id", "bigint"],
  ["customer_id", "integer"],
  ["amount", "decimal(12,2)"],
  ["status", "string"],
  ["created_at", "timestamptz"],
  ["note", "string"],
].map(([name, type]) => ({ name, type }));

/** "changed": with a transform, so that the file's own bytes are not what is loaded. */
const VARIANTS = ["typed", "checked", "changed", "changed and checked"] as const;
type Variant = (typeof VARIANTS)[number];
type Task = { file: string; url: string; variant: Variant; scratch: string };
type Answer = { ms: number; cpu: number; idle: number; peak: number; status: string; balanced: boolean };
/** Wall time, and CPU time of our process or psql together with everything the server did, in milliseconds. */
type Cost = { ms: number; cpu: number };

/** CSV file → PostgreSQL against `psql \copy`, on the same server, in turn; each of our runs in a process of its own. */
export default async function load(): Promise<BenchResult> {
  const folder = mkdtempSync(path.join(tmpdir(), "penstock-bench-"));
  const server = await startPostgres({ durable: true });
  try {
    const file = path.join(folder, "orders.csv");
    const bytes = await writeOrders(file);
    await customers(server);
    const answers = Object.fromEntries(VARIANTS.map((variant) => [variant, [] as Answer[]])) as Record<
      Variant,
      Answer[]
    >;
    const sums = new Set<string>();
    const ours = async (variant: Variant) => {
      await freshTable(server);
      const before = serverCpu(server.pid);
      const answer = await inChild({ file, url: server.url, variant, scratch: path.join(folder, "scratch") });
      answers[variant].push({ ...answer, cpu: answer.cpu + serverCpu(server.pid) - before });
      sums.add(await checksum(server));
    };
    const copies: Cost[] = [];
    await inTurn(
      {
        copy: async () => {
          await freshTable(server);
          copies.push(psqlCopy(server, file));
          sums.add(await checksum(server));
        },
        ...Object.fromEntries(VARIANTS.map((variant) => [variant, () => ours(variant)])),
      },
      RUNS,
    );
    const yard = copies.slice(1);
    const yardMs = yard.map(({ ms }) => ms);
    const rows = VARIANTS.map((variant) => {
      const own = answers[variant].slice(1);
      const ratio = pairedRatio(
        yardMs,
        own.map(({ ms }) => ms),
      );
      const work = pairedRatio(
        own.map(({ cpu }) => cpu),
        yard.map(({ cpu }) => cpu),
      );
      const rate = Math.round(ROWS / (figuresOf(own.map(({ ms }) => ms)).median / 1000));
      const above = Math.max(...own.map(({ peak, idle }) => peak - idle));
      const fine = own.every(({ status, balanced }) => status === "completed" && balanced);
      return [
        variant,
        rate,
        ratio.median,
        `${ratio.min.toPrecision(3)}–${ratio.max.toPrecision(3)}`,
        perMillion(own),
        work.median,
        above,
        fine ? "yes" : "NO",
      ];
    });
    const yardRate = Math.round(ROWS / (figuresOf(yardMs).median / 1000));
    return {
      about: `${ROWS.toLocaleString("en")} rows (${Math.round(bytes / 1e6)} MB of CSV, six columns) into PostgreSQL. The ratio is rows a second against psql \\copy of the same file; 1 is as fast. "checked" adds three row rules and all five dataset checks; "changed" has a transform of one column before, so that the file's own bytes are not what is loaded.`,
      columns: [
        "",
        "rows/s",
        "of \\copy",
        "spread",
        "CPU s per million rows",
        "× the CPU of \\copy",
        "peak MB above idle",
        "ledger balanced",
      ],
      rows: [["psql \\copy", yardRate, 1, "", perMillion(yard), 1, "", ""], ...rows],
      notes: [
        `Checksum of the loaded table, after every load of either side: ${[...sums].join(" AND ALSO ")}`,
        "CPU is that of our process, or psql's, and of the whole server, by /proc: it moves less than wall time on a busy machine.",
        `PostgreSQL with fsync on; median of ${RUNS} runs in turn.`,
      ],
    };
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const perMillion = (costs: Cost[]) =>
  Number((figuresOf(costs.map(({ cpu }) => cpu)).median / 1000 / (ROWS / 1e6)).toPrecision(3));

const TICK_MS = 1000 / Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/** CPU of a process by /proc, in milliseconds: its own, and that of children it has waited for. */
function cpuOf(pid: number | "self"): { own: number; waited: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .map(Number);
  const at = (field: number) => (fields[field - 3] ?? 0) * TICK_MS;
  return { own: at(14) + at(15), waited: at(16) + at(17) };
}

/** CPU of a server so far: of its postmaster, of the backends at work, and of those that ended. */
function serverCpu(pid: number): number {
  for (;;) {
    try {
      return sumOfServer(pid);
    } catch (error) {
      // A backend ended while we read: its time is the postmaster's now.
      if (!["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    }
  }
}

function sumOfServer(pid: number): number {
  const main = cpuOf(pid);
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean);
  return children.reduce((sum, child) => sum + cpuOf(Number(child)).own, main.own + main.waited);
}

async function writeOrders(file: string): Promise<number> {
  const out = createWriteStream(file);
  out.write("id,customer_id,amount,status,created_at,note\n");
  const statuses = ["new", "paid", "shipped", "returned"];
  let text = "";
  for (let id = 1; id <= ROWS; id++) {
    const at = new Date(1_700_000_000_000 + id * 1000).toISOString();
    const note = id % 7 === 0 ? `"said ""é${id}"", twice"` : id % 5 === 0 ? "" : `plain note number ${id}`;
    text += `${id},${(id * 7919) % 100_000},${((id * 31) % 100_000) / 100},${statuses[id % 4]},${at},${note}\n`;
    if (text.length < 1 << 20) continue;
    if (!out.write(text)) await new Promise<void>((resolve) => out.once("drain", () => resolve()));
    text = "";
  }
  out.end(text);
  await finished(out);
  return out.bytesWritten;
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const freshTable = (server: PostgresServer) =>
  withClient(server.url, (client) =>
    client.query(`drop table if exists orders; create table orders (${TABLE}); checkpoint`),
  );

const checksum = (server: PostgresServer) =>
  withClient(server.url, async (client) => {
    const { rows } = await client.query<{ sum: string }>(
      "select count(*) || ' ' || sum(amount) || ' ' || sum(extract(epoch from created_at))::bigint || ' ' || sum(hashtext(coalesce(note, '~'))::bigint) as sum from orders",
    );
    return rows[0]?.sum ?? "";
  });

/** What orders refer to, for the foreign-key check. */
const customers = (server: PostgresServer) =>
  withClient(server.url, (client) =>
    client.query("create table customers as select i as id from generate_series(0, 99999) i"),
  );

function psqlCopy(server: PostgresServer, file: string): Cost {
  const psql = path.join(findPostgres() ?? "", "psql");
  const cpu = () => cpuOf("self").waited + serverCpu(server.pid);
  const before = cpu();
  const since = performance.now();
  execFileSync(psql, [server.url, "-qc", `\\copy orders from '${file}' (format csv, header)`]);
  return { ms: performance.now() - since, cpu: cpu() - before };
}

function inChild(task: Task): Promise<Answer> {
  const child = fork(import.meta.filename, ["child"], {
    execArgv: ["--disable-warning=ExperimentalWarning"],
    env: { ...process.env, PENSTOCK_LOG_LEVEL: "warn", PENSTOCK_DATA_DIR: task.scratch },
  });
  child.send(task);
  return new Promise((resolve, reject) => {
    child.once("message", (answer) => resolve(answer as Answer));
    child.once("exit", (code) => reject(new Error(`The child ended with ${code}`)));
  });
}

const memory = (what: "VmRSS" | "VmHWM") =>
  Math.round(
    Number(new RegExp(`${what}:\\s+(\\d+)`).exec(readFileSync("/proc/self/status", "utf8"))?.[1]) / 1024,
  );

async function runTask({ file, url, variant, scratch }: Task): Promise<Answer> {
  const catalogue = { sources: [], destinations: [{ name: "yard", kind: "postgres" }] };
  const parsed = parsePipelineIR(pipeline(file, variant), { strength: "executable", catalogue });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  const idle = memory("VmRSS");
  const before = process.cpuUsage();
  const since = performance.now();
  const outcome = await runPlan({
    plan: compile(parsed.ir, catalogue),
    tenant: "t_demo",
    runId: crypto.randomUUID(),
    scratchDir: path.join(scratch, "run"),
    resolveDestination: async () => ({
      kind: "postgres",
      defaultSchema: "public",
      connect: async () => {
        const client = new pg.Client({ connectionString: url });
        await client.connect();
        return client;
      },
    }),
  });
  const ms = performance.now() - since;
  const { user, system } = process.cpuUsage(before);
  if (outcome.error) throw new Error(outcome.error.message);
  return {
    ms,
    cpu: (user + system) / 1000,
    idle,
    peak: memory("VmHWM"),
    status: outcome.status,
    balanced: outcome.ledger.balanced,
  };
}

function pipeline(file: string, variant: Variant) {
  const format = { type: "csv", columns: COLUMNS };
  const checks = {
    id: "checks",
    kind: "validate",
    input: "file",
    datasetLevel: {
      rowCount: { min: 1 },
      freshness: { field: "created_at", maxAgeMinutes: 100_000_000 },
      cardinality: { field: "status", min: 2, max: 10 },
      fkIntegrity: { field: "customer_id", references: { table: "public.customers", field: "id" } },
      duplicateKey: { fields: ["id"] },
    },
    rowLevel: [
      { id: "has-id", field: "id", rule: "not_null" },
      { id: "positive", field: "amount", rule: "gte:0" },
      { id: "known", field: "status", rule: "in:new,paid,shipped,returned" },
    ],
  };
  const transform = {
    id: "shape",
    kind: "transform",
    input: "file",
    ops: [{ op: "expression", field: "status", expr: "lower(status)" }],
  };
  const changed = variant.startsWith("changed");
  const middle: { id: string; input: string }[] = changed ? [transform] : [];
  if (variant.endsWith("checked")) middle.push({ ...checks, input: changed ? "shape" : "file" });
  return {
    kind: "pipeline",
    version: "1.0",
    id: "bench",
    metadata: { name: "Bench" },
    nodes: [
      { id: "file", kind: "source", connector: "local_fs", config: { path: file, format } },
      ...middle,
      {
        id: "table",
        kind: "target",
        input: middle.at(-1)?.id ?? "file",
        destination: "yard",
        schema: "public.orders",
        loadMode: "append",
      },
    ],
  };
}

if (process.argv[2] === "child")
  process.once("message", async (task) => {
    process.send?.(await runTask(task as Task));
    process.disconnect();
    process.exit(0);
  });
