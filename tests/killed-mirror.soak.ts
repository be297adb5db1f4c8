import { afterAll } from "vitest";
import { writeSection } from "../bench/report.ts";
import { declareMirrorKills } from "./killing/declare-mirror-kills.ts";
import { mirrorMoments } from "./killing/mirror-moments.ts";
import type { Destination } from "./killing/moments.ts";
import { mysqlSource } from "./mirrors/mysql.ts";
import { postgresSource } from "./mirrors/postgres.ts";

const RANDOM = 50;
const kills = [...mirrorMoments, ...Array.from({ length: RANDOM }, () => "anytime" as const)];
const since = performance.now();
const destinations: Record<Destination, string> = {
  duckdb: "the built-in warehouse, a DuckDB file",
  postgres: "PostgreSQL",
};
const sets = [postgresSource, mysqlSource].flatMap((source) =>
  Object.entries(destinations).map(([destination, into]) => ({
    ...{ source, destination: destination as Destination, into },
    ...{ begun: 0, passed: 0 },
  })),
);

for (const set of sets)
  declareMirrorKills(set.source, set.destination, kills, (what) => {
    set[what] += 1;
  });

afterAll(() => {
  // Where only some of them were asked for, there is nothing to write down.
  if (sets.some(({ begun }) => begun < kills.length)) return;
  writeSection(
    "soak of mirrors",
    {
      about: `A worker that mirrors a table by \`cdc_mirror\`, killed with SIGKILL at ${mirrorMoments.length} moments of a run and at ${RANDOM} random ones, one after another, while the source goes on changing: in the end source and mirror are equal, every run that was not given up after four dead workers is completed and balanced, and the source keeps nothing but what the mirror follows. \`npm run test:soak\` writes this section.`,
      columns: ["of", "into", "kills", "as it should be"],
      rows: sets.map(({ source, into, passed }) => [source.title, into, kills.length, passed]),
    },
    (performance.now() - since) / 1000,
  );
});
