import { afterAll } from "vitest";
import { writeSection } from "../bench/report.ts";
import { declareMirrorKills } from "./killing/declare-mirror-kills.ts";
import { mirrorMoments } from "./killing/mirror-moments.ts";
import type { Destination } from "./killing/moments.ts";

const RANDOM = 50;
const kills = [...mirrorMoments, ...Array.from({ length: RANDOM }, () => "anytime" as const)];
const since = performance.now();
const titles = { duckdb: "the built-in warehouse, a DuckDB file", postgres: "PostgreSQL" };
const destinations = Object.keys(titles) as Destination[];
const counts: Record<Destination, Record<"begun" | "passed", number>> = {
  duckdb: { begun: 0, passed: 0 },
  postgres: { begun: 0, passed: 0 },
};

for (const destination of destinations)
  declareMirrorKills(destination, kills, (what) => {
    counts[destination][what] += 1;
  });

afterAll(() => {
  // Where only some of them were asked for, there is nothing to write down.
  if (destinations.some((each) => counts[each].begun < kills.length)) return;
  writeSection(
    "soak of mirrors",
    {
      about: `A worker that mirrors a PostgreSQL table by \`cdc_mirror\`, killed with SIGKILL at ${mirrorMoments.length} moments of a run and at ${RANDOM} random ones, one after another, while the source goes on changing: in the end source and mirror are equal, every run that was not given up after four dead workers is completed and balanced, and one slot is there. \`npm run test:soak\` writes this section.`,
      columns: ["into", "kills", "as it should be"],
      rows: destinations.map((each) => [titles[each], kills.length, counts[each].passed]),
    },
    (performance.now() - since) / 1000,
  );
});
