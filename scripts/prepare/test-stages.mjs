import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import { projectEnv, projectNode } from "./install.mjs";
import { say } from "./progress.mjs";
import { runCommand } from "./run-command.mjs";
import { chromium } from "./system-packages.mjs";

/** `failures`: what to say of each failed test, once more at the end. */
/** @typedef {{ passed: number, failed: number, skipped: number, failures?: string[] }} Counts */

/** One command that passes or fails as a whole. @returns {Promise<Counts>} */
export async function check(program, parameters) {
  const { code } = await runCommand(program, parameters, { env: projectEnv() });
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

/** Everything vitest runs. @returns {Promise<Counts>} */
export async function unitTests(folder) {
  const report = path.join(folder, "vitest.json");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const { code } = await runCommand(projectNode(), ["node_modules/vitest/vitest.mjs", "run", ...reporters], {
    env: projectEnv(),
  });
  const found = readReport(report);
  for (const line of skippedTests(found)) say(line);
  return honest(code, {
    passed: found?.numPassedTests ?? 0,
    failed: found?.numFailedTests ?? 0,
    skipped: (found?.numPendingTests ?? 0) + (found?.numTodoTests ?? 0),
    failures: failedTests(found),
  });
}

function failedTests(found) {
  return (found?.testResults ?? []).flatMap(({ name, assertionResults, message }) => {
    const file = path.relative(process.cwd(), name);
    const failed = assertionResults.filter(({ status }) => status === "failed");
    if (failed.length === 0 && message) return [told(file, message)];
    return failed.map(({ fullName, failureMessages }) => told(`${file}: ${fullName}`, failureMessages[0]));
  });
}

/** A failed test and the first line of why. */
const told = (name, message = "") => `${name}\n    ${stripVTControlCharacters(message).split("\n")[0]}`;

/** A line for every group of tests that was skipped; those that name the same reason are one group. */
function skippedTests(found) {
  const groups = new Map();
  for (const { assertionResults } of found?.testResults ?? []) {
    for (const { status, ancestorTitles, title } of assertionResults) {
      if (!["pending", "skipped", "todo"].includes(status)) continue;
      const names = [...ancestorTitles, title].join(" › ");
      const group = /skipped, ([^)]+)\)/.exec(names)?.[1] ?? ancestorTitles[0] ?? title;
      groups.set(group, (groups.get(group) ?? 0) + 1);
    }
  }
  return [...groups].map(([group, count]) => `  ${count} skipped: ${group}`);
}

/** Everything Playwright runs against the built application. @returns {Promise<Counts>} */
export async function browserTests(folder) {
  if (!chromium()) {
    say("  Skipped: Chromium is not installed");
    const inCi = process.env.CI === "true";
    return { passed: 0, failed: inCi ? 1 : 0, skipped: inCi ? 0 : 1 };
  }
  const report = path.join(folder, "playwright.json");
  const { code } = await runCommand(
    projectNode(),
    ["node_modules/@playwright/test/cli.js", "test", "--reporter=list,json"],
    { env: { ...projectEnv(), PLAYWRIGHT_JSON_OUTPUT_NAME: report } },
  );
  const found = readReport(report);
  const stats = found?.stats;
  return honest(code, {
    passed: stats?.expected ?? 0,
    failed: (stats?.unexpected ?? 0) + (stats?.flaky ?? 0),
    skipped: stats?.skipped ?? 0,
    failures: (found?.suites ?? []).flatMap(failedWalks),
  });
}

function failedWalks({ specs = [], suites = [] }) {
  const failed = specs.filter(({ ok }) => !ok);
  return [
    ...failed.map(({ file, title, tests }) =>
      told(`${file}: ${title}`, tests[0]?.results[0]?.error?.message),
    ),
    ...suites.flatMap(failedWalks),
  ];
}

function readReport(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
}

/** A run that ended badly without a failed test (a file that does not load, a stray rejection) is a failure too. */
function honest(code, counts) {
  const nothingRan = counts.passed + counts.failed === 0;
  return (code !== 0 || nothingRan) && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}
