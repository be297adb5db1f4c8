import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { buildApplication, generateClient } from "./prepare/build.mjs";
import { checkNode, install } from "./prepare/install.mjs";
import { Stop, say, seconds, step, totalTime } from "./prepare/progress.mjs";
import { stopChildren } from "./prepare/run-command.mjs";
import { installSystemPackages, whatIsMissing } from "./prepare/system-packages.mjs";
import { browserTests, check, unitTests } from "./prepare/test-stages.mjs";

process.chdir(new URL("..", import.meta.url).pathname);
cleanEnvironment();
const folder = mkdtempSync(path.join(tmpdir(), "penstock-results-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    stopChildren(signal);
    process.exit(130);
  });
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  process.stderr.write(error instanceof Stop ? `\n${error.message}\n` : `${error?.stack ?? error}\n`);
  say("0 passed, 1 failed, 0 skipped");
  process.exitCode = 1;
}

async function main() {
  checkNode();
  await step("Installing packages", install);
  await step("Generating the database client", generateClient);
  await step("Installing what the tests need from the system", installSystemPackages);
  const stages = [
    ["Lint", () => check("npm", ["run", "-s", "lint"])],
    ["Architecture", () => check("npm", ["run", "-s", "check:arch"])],
    ["Unused code", () => check("npm", ["run", "-s", "check:unused"])],
    ["Migrations match the schema", () => check("npm", ["run", "-s", "check:migrations"])],
    ["Types", () => check("npm", ["run", "-s", "typecheck"])],
    ["Unit and database tests", () => unitTests(folder)],
    ["Production build", () => builds()],
    ["Tests in the browser", () => browserTests(folder)],
  ];
  const sum = { passed: 0, failed: 0, skipped: 0 };
  const broken = [];
  const failures = [];
  for (const [title, run] of stages) {
    const since = Date.now();
    say(`\n▸ ${title}`);
    const counts = await run();
    for (const key of Object.keys(sum)) sum[key] += counts[key];
    if (counts.failed > 0) broken.push(title);
    failures.push(...(counts.failures ?? []));
    say(`  ${title}: ${line(counts)} in ${seconds(since)}`);
  }
  say(`\nTook ${totalTime()}`);
  const missing = whatIsMissing();
  if (missing) say(missing);
  if (broken.length > 0) say(`Failed: ${broken.join(", ")}`);
  for (const failure of failures) say(`✗ ${failure}`);
  say(line(sum));
  return sum.failed === 0;
}

function line({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

async function builds() {
  try {
    await buildApplication();
    return { passed: 1, failed: 0, skipped: 0 };
  } catch (error) {
    say(error.message);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

/** What a developer has set for a server of theirs must not reach the tests. */
function cleanEnvironment() {
  const ours = /^(PENSTOCK_(?!DIST_DIR$)|OIDC_|NEXTAUTH_)|^(DATABASE_URL|PORT|HOST|NODE_ENV)$/;
  for (const name of Object.keys(process.env)) if (ours.test(name)) delete process.env[name];
}
