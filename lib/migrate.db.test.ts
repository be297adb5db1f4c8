import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, inject, test } from "vitest";
import { uniqueId, withDatabase } from "#tests/factories.ts";
import { migrate } from "./migrate.ts";

const folderOf = (migrations: Record<string, string>) => {
  const folder = mkdtempSync(path.join(inject("temporaryFolder"), "migrations-"));
  for (const [name, sql] of Object.entries(migrations)) {
    mkdirSync(path.join(folder, name));
    writeFileSync(path.join(folder, name, "migration.sql"), sql);
  }
  return folder;
};
const names = () => {
  const id = uniqueId("m");
  return { first: `9998_${id}`, second: `9999_${id}`, table: `t_${id.replaceAll("-", "_")}` };
};

withDatabase("migrations", ({ engine, database }) => {
  test("are applied once, in order, however many nodes start together", async () => {
    const { first, second, table } = names();
    const folder = folderOf({
      [second]: `insert into ${table} values (2)`,
      [first]: `create table ${table} (n int)`,
    });
    const together = engine === "embedded" ? 1 : 5;
    const applied = await Promise.all(
      Array.from({ length: together }, () => migrate(database().pool, folder)),
    );
    expect(applied.flat()).toEqual([first, second]);
    expect(await migrate(database().pool, folder)).toEqual([]);
    expect((await database().pool.query(`select n from ${table}`)).rows).toEqual([{ n: 2 }]);
  });

  test("that fail leave nothing behind and are tried again", async () => {
    const { first, table } = names();
    const broken = folderOf({ [first]: `create table ${table} (n int); select 1/0` });
    await expect(migrate(database().pool, broken)).rejects.toThrow("division by zero");
    const mended = folderOf({ [first]: `create table ${table} (n int)` });
    expect(await migrate(database().pool, mended)).toEqual([first]);
  });

  test("must not be edited once applied", async () => {
    const { first, table } = names();
    await migrate(database().pool, folderOf({ [first]: `create table ${table} (n int)` }));
    const edited = folderOf({ [first]: `create table ${table} (n bigint)` });
    await expect(migrate(database().pool, edited)).rejects.toThrow(
      `${first} was changed after it had been applied`,
    );
  });

  test("a failed statement leaves the pool usable", async () => {
    const { pool, db } = database();
    await expect(pool.query("select 1/0")).rejects.toThrow("division by zero");
    expect((await pool.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
    await expect(db.$queryRaw`select 1/0`).rejects.toThrow();
    expect(await db.$queryRaw`select 2 as two`).toEqual([{ two: 2 }]);
  });
});
