import { expect, test } from "@playwright/test";
import { killUnderLoad } from "#tests/ingest-killing.ts";
import { findPostgres } from "#tests/services.ts";

for (const [engine, kills] of [
  ["postgres", 3],
  ["embedded", 1],
] as const)
  test(`what was acknowledged before a server was killed is there once, whole (${engine})`, async () => {
    test.skip(engine === "postgres" && !findPostgres(), "PostgreSQL is not installed");
    test.setTimeout(180_000);
    expect((await killUnderLoad(engine, kills)).faults).toEqual([]);
  });
