import { execFile } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { removeDataDir, startApp } from "./app.ts";
import { expect, test } from "./fixtures.ts";

const run = promisify(execFile);

test("the journey by curl works as the README has it", async () => {
  // An application of its own: the README speaks of a fresh one.
  const app = await startApp();
  const readme = readFileSync("README.md", "utf8");
  const script = /## The same by curl[\s\S]*?```bash\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  expect(script).toContain("/api/v1/ai/pipeline-chat");
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
  const { stdout } = await run("bash", ["--norc", "-euo", "pipefail", "-c", script], {
    env,
    timeout: 60_000,
  }).finally(async () => {
    await app.stop();
    removeDataDir(app.dataDir);
  });
  expect(stdout).toContain("balanced: true");
  expect(stdout).toContain('"total":3');
  for (const action of ["pipeline.applied", "run.requested"]) expect(stdout).toContain(action);
});
