import { mkdtempSync } from "node:fs";
import path from "node:path";
import { expect, inject, test } from "vitest";
import { openEmbedded } from "./db.ts";
import { tendTables } from "./keep-tables.ts";

test("a table that has grown is counted anew, once, and what was deleted is cleared away", async () => {
  const folder = mkdtempSync(path.join(inject("temporaryFolder"), "tables-"));
  const { pool, close } = await openEmbedded(path.join(folder, "database"));
  try {
    await pool.query("create table grown (id int primary key, text text)");
    await pool.query("create table small (id int)");
    await tendTables(pool);
    const estimate = async () =>
      (await pool.query("select reltuples::int as n from pg_class where relname = 'grown'")).rows[0].n;
    await pool.query("insert into grown select g, repeat('x', 100) from generate_series(1, 5000) g");
    expect(await tendTables(pool)).toEqual(["grown"]);
    expect(await estimate()).toBe(5000);
    expect(await tendTables(pool)).toEqual([]);
    const size = async () => Number((await pool.query("select pg_relation_size('grown') as n")).rows[0].n);
    const before = await size();
    for (let round = 0; round < 5; round++) {
      await pool.query("update grown set text = repeat('y', 100)");
      await tendTables(pool);
    }
    expect(await size()).toBeLessThan(before * 3);
  } finally {
    await close();
  }
});
