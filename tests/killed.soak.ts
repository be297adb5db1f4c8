import { DuckDBInstance } from "@duckdb/node-api";
import pg from "pg";
import { afterAll, inject } from "vitest";
import { writeSection } from "../bench/report.ts";
import { declareRelay } from "./killing/declare-relay.ts";
import { allCells, anytimeCells, type Destination, loadModes, moments } from "./killing/moments.ts";

const since = performance.now();
const counts: Record<Destination, Record<"begun" | "passed", number>> = {
  duckdb: { begun: 0, passed: 0 },
  postgres: { begun: 0, passed: 0 },
};
const titles = { duckdb: "the built-in warehouse, a DuckDB file", postgres: "PostgreSQL" };
const destinations = Object.keys(titles) as Destination[];

/** Of each load mode into each destination: fifty of each mode. */
const ANYTIME = 25;
const cellsOf = (destination: Destination) => [
  ...allCells(destination),
  ...anytimeCells(destination, ANYTIME),
];

for (const destination of destinations)
  declareRelay(destination, cellsOf(destination), (what) => {
    counts[destination][what] += 1;
  });

afterAll(async () => {
  // Where only some of them were asked for, there is nothing to write down.
  if (destinations.some((each) => counts[each].begun < cellsOf(each).length)) return;
  writeSection(
    "soak",
    {
      about: `A worker killed with SIGKILL at ${moments.length} moments of a run, in each load mode (${loadModes.join(", ")}), and ${2 * ANYTIME} times in each mode at moments without a pattern, half of them into each, then another worker: the table first as it was or as it shall be, in the end with every row once; ledger balanced, quarantine and copies of rejected rows exact, one end in the audit, nothing left in scratch. \`npm run test:soak\` writes this section.`,
      columns: ["into", "kills", "as it should be"],
      notes: [await versions()],
      rows: destinations.map((each) => [titles[each], cellsOf(each).length, counts[each].passed]),
    },
    (performance.now() - since) / 1000,
  );
});

async function versions(): Promise<string> {
  const client = new pg.Client({ connectionString: inject("postgresUrl") });
  await client.connect();
  const [server] = (await client.query<{ server_version: string }>("show server_version")).rows;
  await client.end();
  const duckdb = await (await DuckDBInstance.create()).connect();
  const [[engine] = []] = await (await duckdb.runAndReadAll("select version()")).getRowsJson();
  return `DuckDB ${engine}, PostgreSQL ${server?.server_version}.`;
}
