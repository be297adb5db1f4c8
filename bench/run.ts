import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Bench } from "./report.ts";
import { writeSection } from "./report.ts";

/** Files here that are the runner's own. */
const OWN = ["run.ts", "report.ts", "measure.ts"];

const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts") && !OWN.includes(file))
  .map((file) => path.basename(file, ".ts"));
const wanted = process.argv[2];

if (wanted && !names.includes(wanted)) {
  process.stderr.write(`There is no bench ${wanted}. There are: ${names.join(", ")}\n`);
  process.exit(1);
}
if (wanted) await run(wanted);
else await runAll();

/** Each in a process of its own, so that one's memory is not another's peak. */
async function runAll(): Promise<void> {
  const failed = names.filter((name) => {
    const flags = ["--disable-warning=ExperimentalWarning", import.meta.filename, name];
    return spawnSync(process.execPath, flags, { stdio: "inherit" }).status !== 0;
  });
  if (failed.length === 0) return;
  process.stderr.write(`Failed: ${failed.join(", ")}\n`);
  process.exit(1);
}

async function run(name: string): Promise<void> {
  const since = performance.now();
  const file = pathToFileURL(path.join(import.meta.dirname, `${name}.ts`)).href;
  const { default: bench } = (await import(file)) as { default: Bench };
  const result = await bench();
  process.stdout.write(writeSection(name, result, (performance.now() - since) / 1000));
  process.exit(0);
}
