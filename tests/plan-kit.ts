import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { openLocalStore } from "#lib/connectors/index.ts";
import { compile, parsePipelineIR, type Strength } from "#lib/ir/index.ts";
import {
  closeWarehouses,
  type LoadDestination,
  openWarehouse,
  type PlanOutcome,
  type ResolveSource,
  type RunPlanInput,
  reachSource,
  runPlan,
} from "#lib/runtime/index.ts";
import { memoryFeeds } from "./memory-feeds.ts";

/** A node of a document as it is written. */
export type IrNode = Record<string, unknown>;
/** A row as it is read back from the destination. */
export type Row = Record<string, unknown>;
type Rejected = { nodeId: string; rule: string; rowNumber: number; row: Row };
/** How a run ended, with the rows it rejected. */
export type Ran = PlanOutcome & { rejects: Rejected[] };

type RunOptions = { runId?: string; errorHandling?: IrNode; strength?: Strength } & Partial<RunPlanInput>;

/** Only the tenant of a fresh install may read the system's temporary folder. */
const TENANT = "t_demo";

/** A place to run documents for real: files in a folder of its own, a destination of one kind. */
export type PlanLab = {
  kind: "duckdb" | "postgres";
  folder: string;
  /** Writes a file. @returns its path. */
  put: (name: string, content: string | Buffer) => string;
  /** A table name that nothing has used yet. */
  table: () => string;
  /** A source over a new CSV file with these columns, written `name type`. */
  csv: (content: string, columns?: string[], id?: string) => IrNode;
  source: (config: IrNode, id?: string) => IrNode;
  /** Saves a source. @returns what a node says to read from it. */
  saved: (connector: string, config: Record<string, unknown>) => { connector: string; sourceRef: string };
  target: (input: string, table: string, more?: IrNode, id?: string) => IrNode;
  /** Checks the document as one that is to be executed, compiles and runs it. @throws if it is refused. */
  run: (nodes: IrNode[], more?: RunOptions) => Promise<Ran>;
  /** A table's rows, in order of the first column. */
  rows: (table: string) => Promise<Row[]>;
  query: (sql: string) => Promise<Row[]>;
  destination: () => Promise<LoadDestination>;
  close: () => Promise<void>;
};

/** Opens a lab over the embedded warehouse, or over a PostgreSQL. */
export function openPlanLab(url?: string): PlanLab {
  const folder = mkdtempSync(path.join(tmpdir(), "penstock-files-"));
  const kind = url === undefined ? "duckdb" : "postgres";
  const saved = new Map<string, Record<string, unknown>>();
  const resolveSource: ResolveSource = async (step) => {
    if (step.sourceRef === undefined) return { kind: "store", store: openLocalStore({ tenant: TENANT }) };
    return reachSource({ tenant: TENANT, config: saved.get(step.sourceRef) ?? {} }, step);
  };
  const catalogue = {
    sources: [] as { ref: string; connector: string }[],
    destinations: url === undefined ? [] : [{ name: "lake", kind: "postgres" }],
  };
  const feeds = memoryFeeds(TENANT, (ref) => saved.get(ref) ?? {});
  const stamp = randomBytes(3).toString("hex");
  let count = 0;
  const connect = async () => {
    const client = new pg.Client({ connectionString: url });
    client.on("error", () => undefined);
    await client.connect();
    return client;
  };
  const lab: PlanLab = {
    kind,
    folder,
    put: (name, content) => {
      const file = path.join(folder, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, content);
      return file;
    },
    table: () => `lab_${stamp}.t${++count}`,
    source: (config, id = "src") => ({ id, kind: "source", connector: "local_fs", config }),
    saved: (connector, config) => {
      const sourceRef = `saved-${stamp}-${++count}`;
      saved.set(sourceRef, config);
      catalogue.sources.push({ ref: sourceRef, connector });
      return { connector, sourceRef };
    },
    csv: (content, columns, id = "src") => {
      const declared = columns?.map((column) => {
        const [name = "", ...type] = column.split(" ");
        return { name, type: type.join(" ") || "string" };
      });
      const file = lab.put(`${id}-${++count}.csv`, content);
      return lab.source({ path: file, format: { type: "csv", ...(declared && { columns: declared }) } }, id);
    },
    target: (input, table, more = {}, id = "out") => ({
      id,
      kind: "target",
      input,
      schema: table,
      loadMode: "append",
      ...(kind === "postgres" && { destination: "lake" }),
      ...more,
    }),
    run: async (nodes, more = {}) => {
      const { runId = `run-${stamp}-${++count}`, errorHandling, strength = "executable", ...given } = more;
      const document = {
        kind: "pipeline",
        version: "1.0",
        id: "p",
        metadata: { name: "P" },
        nodes,
        ...(errorHandling && { errorHandling }),
      };
      const parsed = parsePipelineIR(document, { strength, catalogue });
      if (!parsed.ok) throw new Error(`refused: ${JSON.stringify(parsed.issues)}`);
      const rejects: Rejected[] = [];
      const outcome = await runPlan({
        plan: compile(parsed.ir, catalogue),
        tenant: TENANT,
        runId,
        scratchDir: path.join(process.env.PENSTOCK_DATA_DIR ?? folder, "scratch", `${runId}-${++count}`),
        resolveDestination: lab.destination,
        resolveSource,
        feeds,
        onRejects: async (rows) => {
          for (const { nodeId, rule, rowNumber, row } of rows)
            rejects.push({ nodeId, rule, rowNumber, row: JSON.parse(row) });
        },
        ...given,
      });
      return { ...outcome, rejects };
    },
    rows: (table) => lab.query(`SELECT * FROM ${table} ORDER BY 1`),
    query: async (sql) => {
      if (kind === "postgres") {
        const client = await connect();
        try {
          return (await client.query(sql)).rows;
        } finally {
          await client.end();
        }
      }
      const session = await (await openWarehouse(TENANT)).session();
      try {
        return await session.rows(sql);
      } finally {
        session.close();
      }
    },
    destination: async () =>
      kind === "postgres"
        ? { kind, connect, defaultSchema: "public" }
        : { kind: "duckdb", warehouse: await openWarehouse(TENANT) },
    close: async () => {
      await feeds.giveBack();
      rmSync(folder, { recursive: true, force: true });
      await closeWarehouses();
    },
  };
  return lab;
}
