import { expect, test } from "vitest";
import { withDatabase } from "#tests/factories.ts";
import { connectServer, type Db, Prisma } from "./db.ts";

withDatabase("an instant", ({ engine, database }) => {
  const at = new Date("2026-07-01T23:30:00.123Z");
  /** What the database takes the instant for, and what it says of its own clock. */
  const agree = async (db: Db) => {
    const [row] = await db.$queryRaw<{ ms: bigint; back: Date; now: Date }[]>`
      select (extract(epoch from ${at}::timestamptz) * 1000)::bigint as ms, ${at}::timestamptz as back, now() as now`;
    expect([Number(row?.ms), row?.back]).toEqual([at.getTime(), at]);
    expect(Math.abs((row?.now.getTime() ?? 0) - Date.now())).toBeLessThan(600_000);
  };

  test("is the same one to the client and to the database", () => agree(database().db));

  test.skipIf(engine === "embedded")("is so on a server that stands in another zone", async () => {
    const url = new URL(database().pool.options.connectionString ?? "");
    url.searchParams.set("options", "-c timezone=America/Los_Angeles");
    const { db, close } = connectServer(url.href, 1);
    await agree(db).finally(close);
  });
});

withDatabase("a connection in use", ({ engine, database }) => {
  test.skipIf(engine === "embedded")(
    "may be closed by the server: its query fails, and nothing else",
    async () => {
      const { pool, close } = connectServer(database().pool.options.connectionString ?? "", 1);
      const client = await pool.connect();
      const lost = new Promise<void>((resolve) => client.once("end", resolve));
      const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
      await database().pool.query("select pg_terminate_backend($1)", [rows[0]?.pid]);
      await lost;
      await expect(client.query("select 1")).rejects.toThrow();
      client.release();
      expect((await pool.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
      await close();
    },
  );
});

withDatabase("a client that another copy of the module opened", ({ database }) => {
  test("has its pool all the same", async () => {
    const copy = "./db.ts?copy";
    const { queryDirect } = (await import(copy)) as typeof import("./db.ts");
    expect(await queryDirect(database().db, Prisma.sql`select 1 as one`)).toEqual([{ one: 1 }]);
  });
});
