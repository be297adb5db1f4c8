import { afterAll } from "vitest";
import { writeSection } from "../bench/report.ts";
import { declareRelay } from "./killing/declare-relay.ts";
import { allCells, type Destination, loadModes, moments } from "./killing/moments.ts";

const since = performance.now();
const passed: Record<Destination, number> = { duckdb: 0, postgres: 0 };
const titles = { duckdb: "the built-in warehouse, a DuckDB file", postgres: "PostgreSQL" };
const destinations = Object.keys(titles) as Destination[];

for (const destination of destinations)
  declareRelay(destination, allCells(destination), () => {
    passed[destination] += 1;
  });

afterAll(() => {
  writeSection(
    "soak",
    {
      about: `A worker killed with SIGKILL at ${moments.length} moments of a run, in each load mode (${loadModes.join(", ")}), then another worker: the table first as it was or as it shall be, in the end with every row once; ledger balanced, quarantine and copies of rejected rows exact, one end in the audit, nothing left in scratch. \`npm run test:soak\` writes this section.`,
      columns: ["into", "kills", "as it should be"],
      rows: destinations.map((each) => [titles[each], allCells(each).length, passed[each]]),
    },
    (performance.now() - since) / 1000,
  );
});
