import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { removeDataDir, startApp } from "./app.ts";
import { expect, test } from "./fixtures.ts";

const run = promisify(execFile);

/** The examples of a language in a guide, as they are written. */
function examples(guide: string, language: string): string {
  const text = readFileSync(guide, "utf8");
  return [...text.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, "g"))]
    .map(([, code]) => code)
    .join("\n");
}

test("the examples of docs/events.md work as they are written", async () => {
  test.setTimeout(120_000);
  // An application of its own: the page speaks of one without events.
  const app = await startApp();
  const env = {
    ...process.env,
    FORCE_COLOR: "0",
    BASE: app.url,
    PENSTOCK_DATA_DIR: app.dataDir,
    PENSTOCK_URL: app.url,
    PENSTOCK_KEY: readFileSync(path.join(app.dataDir, "dev-key"), "utf8").trim(),
  };
  try {
    await test.step("by curl", async () => {
      const script = examples("docs/events.md", "bash");
      expect(script).toContain("/v1/ingest/events");
      const { stdout } = await run("bash", ["-euo", "pipefail", "-c", script], { env, timeout: 60_000 });
      expect(stdout).toContain('"memory_id":"mem_evt_demo_001"');
      expect(stdout).toContain('"artifact_id":"art_evt_demo_001"');
      expect(stdout).toMatch(/"accepted":1,"failed":1/);
      expect(stdout).toContain("/event_id");
      for (const id of ["evt_demo_003", "evt_demo_004"]) expect(stdout).toContain(`"memory_id":"mem_${id}"`);
      expect(stdout).toMatch(/id: \d+\ndata: \{.*evt_demo_001/);
      expect(stdout).toMatch(/"objects":\["mem_evt_demo_00[12]"/);
      expect(stdout.slice(stdout.lastIndexOf('"events":'))).toContain("asked for by its author");
      expect(stdout.slice(stdout.lastIndexOf('"events":'))).not.toContain("Late orders");
    });

    await test.step("by TypeScript", async () => {
      // Inside the project, so that its imports are found.
      const folder = path.resolve("test-results", "events-example");
      mkdirSync(folder, { recursive: true });
      const file = path.join(folder, "example.ts");
      writeFileSync(file, examples("docs/events.md", "ts"));
      const { stdout } = await run(process.execPath, ["--disable-warning=ExperimentalWarning", file], {
        env,
        timeout: 60_000,
      });
      const lines = stdout.trim().split("\n");
      expect(lines[0]).toMatch(/^\d+ mem_evt_ts_1$/);
      expect(lines[1]).toMatch(/^event_conflict \S+$/);
      expect(lines[2]).toBe("1 0 3");
      expect(stdout).toMatch(/^mem_evt_ts_\d .+/m);
      expect(stdout).toMatch(/^\d+ evt_ts_5$/m);
      expect(lines.at(-2)).toMatch(/^\d+ 2 true$/);
      expect(lines.at(-1)).toBe("1");
    });
  } finally {
    await app.stop();
    removeDataDir(app.dataDir);
  }
});

test("the examples of docs/sources.md work as they are written", async () => {
  test.setTimeout(120_000);
  // An application of its own: the page speaks of one without sources.
  const app = await startApp();
  const env = {
    ...process.env,
    PATH: `${path.resolve("node_modules/.bin")}:${process.env.PATH}`,
    FORCE_COLOR: "0",
    BASE: app.url,
    PENSTOCK_DATA_DIR: app.dataDir,
    // Its file goes when the application's data go.
    TMPDIR: app.files,
  };
  mkdirSync(app.files, { recursive: true });
  const script = examples("docs/sources.md", "bash");
  expect(script).toContain("/agents/ingestion/sessions");
  const { stdout } = await run("bash", ["--norc", "-euo", "pipefail", "-c", script], {
    env,
    timeout: 60_000,
  }).finally(async () => {
    await app.stop();
    removeDataDir(app.dataDir);
  });
  for (const state of ["select_streams", "configure_sync", "review", "done"])
    expect(stdout).toContain(`"state":"${state}"`);
  expect(stdout).toMatch(/"schedule":\{"ok":true\},"initial_sync":\{"ok":true,"run_id":"/);
  expect(stdout.trimEnd()).toMatch(/done\ntrue\norders\.csv\n\[ '1001', '2026-01-05', '7\.90' \]$/);
});
