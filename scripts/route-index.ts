import { globSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

const ROOT = path.resolve(import.meta.dirname, "..");
const INDEX = path.join(ROOT, "app/api/route-index.ts");
/** It imports the list itself, and is loaded whenever the list is. */
const READER = "app/api/v1/openapi.json/route.ts";

/** Every route file, from the project's root, in order. */
export function routeFiles(): string[] {
  return globSync("app/**/route.ts", { cwd: ROOT })
    .map((file) => file.split(path.sep).join("/"))
    .sort();
}

/** What `app/api/route-index.ts` should hold: one import for each route file. */
export function routeIndex(): string {
  const lines = routeFiles()
    .filter((file) => file !== READER)
    .map((file) => `import "${path.posix.relative("app/api", file).replace(/^(?!\.)/, "./")}";`);
  return `// Every route, so that the API's description is whole. Written by \`node scripts/route-index.ts\`.\n${lines.join("\n")}\n`;
}

/** What it holds now. */
export function storedRouteIndex(): string {
  return readFileSync(INDEX, "utf8");
}

if (process.argv[1] === import.meta.filename) writeFileSync(INDEX, routeIndex());
