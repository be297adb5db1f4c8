import { expect, test } from "@playwright/test";
import { findPostgres } from "#tests/services.ts";
import { killInEachState } from "#tests/setup-killing.ts";

for (const engine of ["postgres", "embedded"] as const)
  test(`the server is killed with a conversation in each state, and all of them go on (${engine})`, async () => {
    test.setTimeout(240_000);
    test.skip(!findPostgres(), "PostgreSQL is not installed");
    expect((await killInEachState(engine)).faults).toEqual([]);
  });
