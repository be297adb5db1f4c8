import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, inject, test } from "vitest";

const run = promisify(execFile);
const COMPARE = ["migrate", "diff", "--from-migrations", "prisma/migrations", "--to-schema", "prisma/schema"];
let copy: string;

async function prisma(...parameters: string[]): Promise<{ code: number; output: string }> {
  const env = { ...process.env, PATH: `${path.resolve("node_modules/.bin")}:${process.env.PATH}` };
  try {
    const { stdout, stderr } = await run("prisma", parameters, { cwd: copy, env });
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: stdout + stderr };
  }
}

describe("the migrations", { timeout: 180_000 }, () => {
  beforeAll(() => {
    copy = mkdtempSync(path.join(inject("temporaryFolder"), "migrations-"));
    for (const each of ["prisma", "scripts", "prisma.config.ts", "package.json"]) {
      cpSync(each, path.join(copy, each), { recursive: true });
    }
    symlinkSync(path.resolve("node_modules"), path.join(copy, "node_modules"));
  });

  test("make exactly the schema", async () => {
    expect(await prisma(...COMPARE, "--exit-code")).toMatchObject({ code: 0 });
  });

  test("are found wanting when the schema has a column they lack", async () => {
    const file = path.join(copy, "prisma/schema/settings.prisma");
    const schema = readFileSync(file, "utf8");
    writeFileSync(file, schema.replace("model Tenant {", "model Tenant {\n  colour String?"));
    expect(await prisma(...COMPARE, "--exit-code")).toMatchObject({ code: 2 });
    const { output } = await prisma(...COMPARE, "--script");
    expect(output).toContain('ALTER TABLE "Tenant" ADD COLUMN     "colour" TEXT');
    writeFileSync(file, schema);
  });

  test("are refused when one of them is not SQL", async () => {
    const file = path.join(copy, "prisma/migrations/0001_initial/migration.sql");
    const sql = readFileSync(file, "utf8");
    writeFileSync(file, `${sql}\nalter table nowhere add column x int;`);
    const { code, output } = await prisma(...COMPARE, "--exit-code");
    expect(code).toBe(1);
    expect(output).toContain("nowhere");
    writeFileSync(file, sql);
  });
});
