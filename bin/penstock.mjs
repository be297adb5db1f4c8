#!/usr/bin/env node
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const OLDEST = 24;
const own = fileURLToPath(new URL("../node_modules/.bin/node", import.meta.url));

if (Number(process.versions.node.split(".")[0]) >= OLDEST) {
  const { main } = await import("../scripts/cli/main.ts");
  process.exitCode = await main({
    argv: process.argv.slice(2),
    env: process.env,
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
  });
} else if (existsSync(own) && !process.env.PENSTOCK_CLI_NODE) {
  // The sources are TypeScript: an older Node hands over to the one that the project brings.
  const { status } = spawnSync(own, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: "inherit",
    env: { ...process.env, PENSTOCK_CLI_NODE: "1" },
  });
  process.exitCode = status ?? 1;
} else {
  process.stderr.write(
    `penstock needs Node ${OLDEST} or newer; run npm install in its folder to have one.\n`,
  );
  process.exitCode = 2;
}
