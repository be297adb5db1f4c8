import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { writeOrders } from "./load/orders.ts";
import { figuresOf } from "./measure.ts";
import { type Measured, previewInChild } from "./preview/previewing-child.ts";
import { startWebServer } from "./preview/web-server.ts";
import type { BenchResult } from "./report.ts";

/** Rows of about 100 MB, and of about 1 GB. */
const SIZES = [1_350_000, 13_500_000];
const ROUNDS = 60;

/** A dry run over 1,000 rows of a CSV file, from this machine and over HTTP: it must not follow the file's size. */
export default async function preview(): Promise<BenchResult> {
  const folder = mkdtempSync(path.join(tmpdir(), "penstock-bench-"));
  const web = await startWebServer(folder);
  const rows: BenchResult["rows"] = [];
  try {
    for (const size of SIZES) {
      const file = path.join(folder, "orders.csv");
      await writeOrders(file, size);
      const megabytes = Math.round(statSync(file).size / 1e6);
      for (const from of ["file", "http"] as const) {
        const sent = web.bytes();
        const url = from === "http" ? web.url : undefined;
        const measured = await previewInChild({ file, url, rounds: ROUNDS, data: path.join(folder, from) });
        const read = from === "http" ? (web.bytes() - sent) / 1e6 / measured.previews : "";
        rows.push([megabytes, from, ...figures(measured), read === "" ? "" : read.toFixed(2)]);
      }
    }
    return {
      about:
        "A dry run of a proposal, asked for by its route's two verbs on the embedded database: a sample of 1,000 rows before and after, of a pipeline that types six columns, checks rows, changes and masks a column. In ms, in a process of its own; its memory above idle in MB. The limit is 2 s for 1 GB.",
      columns: ["file, MB", "read from", "p50", "p99", "max", "memory above idle", "MB sent for one"],
      rows,
      notes: [
        `${ROUNDS} dry runs each, after 3 to warm up. Over HTTP the file comes from a server in the bench's process.`,
      ],
    };
  } finally {
    web.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function figures({ times, idle, peak }: Measured): number[] {
  const { median, p99, max } = figuresOf(times);
  return [median, p99, max, peak - idle];
}
