import { afterAll, expect, test } from "vitest";
import { writeSection } from "../bench/report.ts";
import { type Killed, killUnderLoad } from "./ingest-killing.ts";

const KILLS = { postgres: 20, embedded: 5 } as const;
const titles = { postgres: "PostgreSQL", embedded: "the embedded database" } as const;
const since = performance.now();
const outcomes = new Map<keyof typeof KILLS, Killed>();

for (const engine of ["postgres", "embedded"] as const)
  test(`a server is killed ${KILLS[engine]} times under load (${engine})`, { timeout: 600_000 }, async () => {
    const outcome = await killUnderLoad(engine, KILLS[engine]);
    outcomes.set(engine, outcome);
    expect(outcome.faults).toEqual([]);
  });

afterAll(() => {
  if (outcomes.size < 2) return;
  writeSection(
    "soak-ingest",
    {
      about:
        "The real server killed with SIGKILL at random moments while 24 writers send single events and one sends a stream of lines, then started again. Every acknowledged event has to be there once under its LSN with all its derived rows, and no derived row without its event; what was not answered is sent again and counts once. `npm run test:soak` writes this section.",
      columns: [
        "on",
        "kills",
        "acknowledged before a kill",
        "sent again",
        "of those there already",
        "faults",
      ],
      rows: [...outcomes].map(([engine, { kills, acknowledged, sentAgain, thereAlready, faults }]) => [
        titles[engine],
        kills,
        acknowledged,
        sentAgain,
        thereAlready,
        faults.length,
      ]),
    },
    (performance.now() - since) / 1000,
  );
});
