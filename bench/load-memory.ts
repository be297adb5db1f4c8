import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { startPostgres } from "#tests/services.ts";
import { loadInChild } from "./load/loading-child.ts";
import { VARIANTS, writeOrders } from "./load/orders.ts";
import { customers, freshTable } from "./load/tables.ts";
import type { BenchResult } from "./report.ts";

const given = process.argv.find((flag) => flag.startsWith("--rows="))?.slice("--rows=".length);
const SIZES = (given ?? "5000000,18000000").split(",").map(Number);

/** Peak memory of a process that loads a CSV file into PostgreSQL, for files of several sizes: it must not follow them. */
export default async function loadMemory(): Promise<BenchResult> {
  const folder = mkdtempSync(path.join(tmpdir(), "penstock-bench-"));
  const server = await startPostgres();
  try {
    await customers(server);
    const rows: BenchResult["rows"] = VARIANTS.map((variant) => [variant]);
    const columns = [""];
    for (const size of SIZES) {
      const file = path.join(folder, "orders.csv");
      await writeOrders(file, size);
      const megabytes = Math.round(statSync(file).size / 1e6);
      columns.push(`${size.toLocaleString("en")} rows (${megabytes.toLocaleString("en")} MB)`);
      for (const [at, variant] of VARIANTS.entries()) {
        await freshTable(server);
        const task = { file, url: server.url, variant, scratch: path.join(folder, "scratch") };
        const { peak, idle, status, balanced } = await loadInChild(task);
        if (status !== "completed" || !balanced) throw new Error(`${variant}: ${status}`);
        rows[at]?.push(peak - idle);
      }
    }
    return {
      about:
        "Peak memory of a separate worker above idle, in MB, while it loads a CSV file into PostgreSQL; the limit is 350 whatever the file's size. The variants are those of the bench `load`.",
      columns,
      rows,
    };
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
