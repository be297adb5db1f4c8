import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

const readme = readFileSync("README.md", "utf8");
const decisions = "docs/decisions";
const documents = [
  "README.md",
  "docs/alerts.md",
  "docs/architecture.md",
  "docs/cli.md",
  "docs/drift.md",
  "docs/events.md",
  "docs/files.md",
  "docs/lineage.md",
  "docs/load-modes.md",
  "docs/quarantine.md",
  "docs/schedules.md",
  "docs/sources.md",
  ...readdirSync(decisions).map((name) => `${decisions}/${name}`),
];

test("the README names every environment variable", () => {
  const read = [...readFileSync("lib/env.ts", "utf8").matchAll(/^ {4}([A-Z][A-Z_]+):/gm)].map(
    ([, name]) => name ?? "",
  );
  expect(read.length).toBeGreaterThan(10);
  expect(read.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
});

test("the list of dependencies has every dependency", () => {
  const list = readFileSync(`${decisions}/003-dependencies.md`, "utf8");
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(
    readFileSync("package.json", "utf8"),
  );
  const families = ["@ai-sdk/", "@mantine/", "@opentelemetry/", "@types/"];
  const missing = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies }).filter(
    (name) =>
      !families.some((family) => name.startsWith(family)) && !list.includes(name.replace("@tanstack/", "")),
  );
  expect(missing).toEqual([]);
});

test.each(documents)("the links of %s lead somewhere", (file) => {
  const links = [...readFileSync(file, "utf8").matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(
    ([, to]) => to ?? "",
  );
  expect(links.filter((to) => !existsSync(path.join(path.dirname(file), to)))).toEqual([]);
});

test("the map names every room, and only rooms that exist", () => {
  const map = readFileSync("docs/architecture.md", "utf8");
  const named = [...map.matchAll(/^\| `(lib\/[a-z-]+)` +\|/gm)].map(([, room]) => room ?? "");
  const rooms = readdirSync("lib", { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== "client")
    .map(({ name }) => `lib/${name}`);
  expect(named.sort()).toEqual(rooms.sort());
  const files = [...map.matchAll(/`((?:lib|app|scripts|tests|components)\/[\w./-]+\.tsx?)`/g)].map(
    ([, to]) => to ?? "",
  );
  expect(files.filter((to) => !existsSync(to))).toEqual([]);
});
