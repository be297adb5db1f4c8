import { expect, test } from "@playwright/test";
import { startHeldFile } from "#tests/servers/held-file.ts";
import { type App, newDataDir, removeDataDir, startApp } from "./app.ts";
import { createPipeline, readProgress, requestRun } from "./sample.ts";

/** So many that half of them are more than what the engine reads ahead. */
const ROWS = 3_000_000;

function numbers(): Buffer {
  const lines = Array.from({ length: ROWS }, (_, at) => `${at},${at * at},row ${at}\n`);
  return Buffer.from(`id,square,label\n${lines.join("")}`);
}

async function total(app: App): Promise<number> {
  const answer = await app.api("/api/v1/warehouse/tables/kill.numbers?limit=1");
  return answer.ok ? ((await answer.json()) as { total: number }).total : 0;
}

test("a server that is killed in mid-run finishes the run at its next start, with every row once", async () => {
  test.setTimeout(240_000);
  const dataDir = newDataDir();
  const web = await startHeldFile(numbers());
  const first = await startApp(dataDir);
  const saved = await first.api("/api/v1/sources", {
    method: "POST",
    body: JSON.stringify({
      connector: "http_pull",
      title: "Numbers",
      fields: { url: `${web.url}/numbers.csv` },
    }),
  });
  expect(saved.status, await saved.clone().text()).toBe(201);
  const { name } = (await saved.json()) as { name: string };
  const config = { path: "numbers.csv", format: { type: "csv", header: true } };
  const pipeline = await createPipeline(first, {
    kind: "pipeline",
    version: "1.0",
    id: "kill-numbers",
    metadata: { name: "Load numbers" },
    nodes: [
      { id: "file", kind: "source", connector: "http_pull", sourceRef: name, config },
      { id: "table", kind: "target", input: "file", schema: "kill.numbers", loadMode: "append" },
    ],
  });
  const run = await requestRun(first, pipeline);
  await expect
    .poll(async () => (await readProgress(first, pipeline, run)).rowsRead, { timeout: 60_000 })
    .toBeGreaterThan(0);
  expect((await readProgress(first, pipeline, run)).status).toBe("running");
  await first.stop("SIGKILL");
  web.release();

  const second = await startApp(dataDir);
  await expect
    .poll(async () => (await readProgress(second, pipeline, run)).status, { timeout: 120_000 })
    .not.toMatch(/queued|running/);
  expect(await readProgress(second, pipeline, run)).toMatchObject({
    status: "completed",
    attempt: 2,
    ledger: { balanced: true, read: ROWS, loaded: ROWS },
  });
  expect(await total(second)).toBe(ROWS);
  expect(await second.stop()).toBe(0);
  await web.stop();
  removeDataDir(dataDir);
});

test("a second server on the same data is told who holds them", async () => {
  const dataDir = newDataDir();
  const first = await startApp(dataDir);
  await expect(startApp(dataDir)).rejects.toThrow(/in use by process \d+/);
  expect(await first.stop()).toBe(0);
  const later = await startApp(dataDir);
  expect(later.signInUrl).not.toBe(first.signInUrl);
  await later.stop();
  removeDataDir(dataDir);
});
