import { once } from "node:events";
import { createWriteStream, mkdirSync } from "node:fs";
import path from "node:path";
import { expect, test } from "@playwright/test";
import { type App, newDataDir, removeDataDir, startApp } from "./app.ts";
import { createPipeline, loadFile, readProgress, requestRun } from "./sample.ts";

const ROWS = 3_000_000;

async function writeNumbers(folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, "numbers.csv");
  const out = createWriteStream(file);
  out.write("id,square,label\n");
  for (let at = 0; at < ROWS; ) {
    let lines = "";
    for (const until = Math.min(at + 50_000, ROWS); at < until; at++) lines += `${at},${at * at},row ${at}\n`;
    if (!out.write(lines)) await once(out, "drain");
  }
  out.end();
  await once(out, "close");
  return file;
}

async function total(app: App): Promise<number> {
  const answer = await app.api("/api/v1/warehouse/tables/kill.numbers?limit=1");
  return answer.ok ? ((await answer.json()) as { total: number }).total : 0;
}

test("a server that is killed in mid-run finishes the run at its next start, with every row once", async () => {
  test.setTimeout(240_000);
  const dataDir = newDataDir();
  const first = await startApp(dataDir);
  const ir = { ...loadFile("kill-numbers", await writeNumbers(first.files), "kill.numbers") };
  const pipeline = await createPipeline(first, ir);
  const run = await requestRun(first, pipeline);
  await expect
    .poll(async () => (await readProgress(first, pipeline, run)).rowsRead, {
      intervals: [50],
      timeout: 60_000,
    })
    .toBeGreaterThan(0);
  expect((await readProgress(first, pipeline, run)).status).toBe("running");
  await first.stop("SIGKILL");

  const second = await startApp(dataDir);
  const ended = ["completed", "failed"];
  await expect
    .poll(async () => (await readProgress(second, pipeline, run)).status, { timeout: 120_000 })
    .toMatch(new RegExp(ended.join("|")));
  const progress = await readProgress(second, pipeline, run);
  expect(await total(second)).toBe(progress.status === "completed" ? ROWS : 0);

  const again = await requestRun(second, pipeline);
  await expect
    .poll(async () => (await readProgress(second, pipeline, again)).status, { timeout: 120_000 })
    .toBe("completed");
  expect(await total(second)).toBe(ROWS);
  expect((await readProgress(second, pipeline, again)).ledger).toMatchObject({
    balanced: true,
    read: ROWS,
    loaded: ROWS,
  });
  expect(await second.stop()).toBe(0);
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
