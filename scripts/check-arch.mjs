import { readdirSync } from "node:fs";
import { cruise } from "dependency-cruiser";
import extractConfig from "dependency-cruiser/config-utl/extract-depcruise-config";
import extractTsConfig from "dependency-cruiser/config-utl/extract-ts-config";

/** Fewer modules than this means that the reader failed, not that the product is small. */
const MODULES_MIN = 30;
const FOLDERS = ["lib", "components", "app", "scripts", "bench", "tests", "e2e"];

const present = new Set(readdirSync("."));
const roots = [...FOLDERS, "server.ts", "proxy.ts"].filter((name) => present.has(name));
const config = await extractConfig(`${process.cwd()}/.dependency-cruiser.cjs`);
const { output } = await cruise(
  roots,
  { ...config.options, ruleSet: { forbidden: config.forbidden }, validate: true, outputType: "json" },
  undefined,
  { tsConfig: extractTsConfig("tsconfig.json") },
);
const { modules, summary } = JSON.parse(output);
const ours = modules.filter(({ source }) => roots.some((root) => source.startsWith(root)));

for (const { rule, from, to, cycle } of summary.violations) {
  const way = cycle ? cycle.map(({ name }) => name).join(" → ") : to;
  console.error(`${rule.name}: ${from} → ${way}`);
}
if (ours.length < MODULES_MIN) {
  console.error(`Only ${ours.length} modules were read: the check itself is broken`);
  process.exit(1);
}
if (summary.violations.length > 0) {
  console.error(`${summary.violations.length} violations in ${ours.length} modules`);
  process.exit(1);
}
console.log(`${ours.length} modules keep to the architecture`);
