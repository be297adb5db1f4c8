import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { capabilities } from "#lib/ir/index.ts";
import { type SourcePlace, sourceCases, sourceSystems } from "#tests/capabilities/sources.ts";
import { openPlanLab, type PlanLab } from "#tests/plan-kit.ts";

const url = inject("postgresUrl");
const systems = sourceSystems(url);
/** Connectors whose reading is proven in their own folder; once read, their rows go the way of all others. */
const IN_THEIR_FOLDERS = ["snowflake"];

it("every connector is proven somewhere", () => {
  const named = capabilities.filter(({ kind, executable }) => kind === "connector" && executable);
  const proven = ["local_fs", ...systems.map(({ connector }) => connector), ...IN_THEIR_FOLDERS];
  expect(proven.toSorted()).toEqual(named.map(({ name }) => name).toSorted());
});

const kinds = ["duckdb", "postgres"] as const;

for (const { connector, found, start } of systems)
  describe.skipIf(!found)(`from ${connector}${found ? "" : " (skipped: not installed)"}`, () => {
    let place: SourcePlace;
    const labs = new Map<string, PlanLab>();
    beforeAll(async () => {
      for (const kind of kinds) labs.set(kind, openPlanLab(kind === "postgres" ? url : undefined));
      place = await start();
    }, 60_000);
    afterAll(async () => {
      await place?.stop();
      for (const lab of labs.values()) await lab.close();
    });
    const cases = kinds
      .filter((kind) => kind === "duckdb" || url)
      .flatMap((kind) =>
        sourceCases(connector, kind, () => place).map((one) => [one.line, kind, one] as const),
      );
    it.each(cases)("%s", (_line, kind, one) => one.run(labs.get(kind) as PlanLab));
  });
