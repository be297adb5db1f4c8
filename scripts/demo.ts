import { randomUUID } from "node:crypto";
import { copyFile, mkdir } from "node:fs/promises";
import path from "node:path";
import { DEMO_TENANT } from "#lib/auth/index.ts";
import type { Ctx } from "#lib/context.ts";
import type { Db } from "#lib/db.ts";
import { env } from "#lib/env.ts";
import { isAppError } from "#lib/errors.ts";
import { publishVersion, requestRun } from "#lib/runs/index.ts";

/** The package exports its code alone, so its files are found by their place. */
const PACKAGE = path.resolve(import.meta.dirname, "../node_modules/vega-datasets/data");
const SAMPLE = "seattle-weather.csv";
const NUMBERS = ["precipitation", "temp_max", "temp_min", "wind"];

/**
 * Copies a sample of real data (daily weather, from the npm package vega-datasets) beside the database, and makes a
 * pipeline over it that has run once. Doing it again changes nothing.
 * @returns a sentence for whoever started the product.
 */
export async function prepareDemo(db: Db): Promise<string> {
  const { embedded, dataDir } = env();
  if (!embedded) return "--demo needs the embedded database; nothing was prepared";
  const file = path.join(dataDir, "files", SAMPLE);
  await mkdir(path.dirname(file), { recursive: true });
  await copyFile(path.join(PACKAGE, SAMPLE), file);
  const ctx: Ctx = {
    tenant: DEMO_TENANT,
    actor: { id: "system", name: "Penstock", kind: "system" },
    roles: ["ROLE_DATA_ENGINEER"],
    requestId: randomUUID(),
    db,
  };
  try {
    const { pipelineId } = await publishVersion({
      ctx,
      input: { ir: weatherPipeline(file), origin: "created" },
    });
    await requestRun({ ctx, input: { pipelineId } });
  } catch (error) {
    if (!isAppError(error) || error.code !== "already_exists") throw error;
  }
  return `Demo: ${file} is loaded daily into demo.weather by the pipeline "Seattle weather, daily"`;
}

function weatherPipeline(file: string) {
  const casts = NUMBERS.map((field) => ({ op: "cast", field, to: "double", onError: "quarantine" }));
  return {
    kind: "pipeline",
    version: "1.0",
    id: "seattle-weather",
    metadata: {
      name: "Seattle weather, daily",
      tags: ["demo"],
      description: "Daily weather observations of Seattle, 2012 to 2015, from the npm package vega-datasets",
    },
    schedule: { kind: "cron", expression: "0 6 * * *", timezone: "America/Los_Angeles" },
    nodes: [
      {
        id: "observations",
        kind: "source",
        connector: "local_fs",
        config: { path: file, format: { type: "csv", header: true } },
      },
      {
        id: "types",
        kind: "transform",
        input: "observations",
        ops: [{ op: "cast", field: "date", to: "date", onError: "quarantine" }, ...casts],
      },
      {
        id: "checks",
        kind: "validate",
        input: "types",
        datasetLevel: { duplicateKey: { fields: ["date"] } },
        rowLevel: [
          { id: "dated", field: "date", rule: "not_null" },
          { id: "plausible", field: "temp_max", rule: "between:-60,60" },
        ],
      },
      { id: "weather", kind: "target", input: "checks", schema: "demo.weather", loadMode: "truncate" },
    ],
  };
}
