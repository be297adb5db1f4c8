import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";

const MIGRATIONS = "prisma/migrations";

/** `npm run migration -- add_colour` writes what the schema has and the migrations lack into a new, numbered folder. */
const name = process.argv[2];
if (!name || !/^[a-z][a-z0-9_]*$/.test(name)) {
  console.error("Name the migration, in lower case: npm run migration -- add_colour");
  process.exit(1);
}
const compare = [
  "migrate",
  "diff",
  "--from-migrations",
  MIGRATIONS,
  "--to-schema",
  "prisma/schema",
  "--script",
];
const sql = execFileSync("prisma", compare, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
if (!/^\s*[A-Z]/m.test(sql.replace(/^--.*$/gm, ""))) {
  console.log("The migrations already make the schema; nothing was written");
  process.exit(0);
}
const last = readdirSync(MIGRATIONS)
  .map((entry) => Number.parseInt(entry, 10))
  .filter(Number.isFinite)
  .sort((a, b) => a - b)
  .at(-1);
const folder = path.join(MIGRATIONS, `${String((last ?? 0) + 1).padStart(4, "0")}_${name}`);
mkdirSync(folder);
writeFileSync(path.join(folder, "migration.sql"), sql);
console.log(`Wrote ${folder}/migration.sql: read it before you commit it`);
