import { createServer, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { connectServer, type Database } from "#lib/db.ts";
import { migrate } from "#lib/migrate.ts";
import { findPostgres, freePort, startPostgres } from "#tests/services.ts";
import { GET as healthz } from "../healthz/route.ts";
import { GET as readyz } from "./route.ts";

const SLOT = Symbol.for("penstock.database");
const shared = globalThis as { [SLOT]?: Promise<Database> };

/** The database that this process has, for the time of a test. */
let before: Promise<Database> | undefined;
let opened: Database | undefined;
beforeEach(() => {
  before = shared[SLOT];
});
afterEach(async () => {
  shared[SLOT] = before;
  await opened?.close();
  opened = undefined;
});
function use(url: string): Database {
  opened = connectServer(url);
  shared[SLOT] = Promise.resolve(opened);
  return opened;
}

async function ask(route: typeof readyz): Promise<[number, Record<string, unknown>]> {
  const response = await route(new Request("http://localhost/"));
  return [response.status, (await response.json()) as Record<string, unknown>];
}
const notReady = (detail: string) => [503, expect.objectContaining({ code: "unavailable", detail })];

describe.skipIf(!findPostgres())("a node and its server", () => {
  test("is ready with all migrations, not with one missing, and not when the server is gone", async () => {
    const server = await startPostgres();
    try {
      await server.createDatabase("penstock");
      const { pool } = use(server.databaseUrl("penstock"));
      expect(await ask(readyz)).toEqual(notReady("The database cannot be reached."));
      await migrate(pool, "prisma/migrations");
      expect(await ask(readyz)).toEqual([200, { status: "ready", migrations: expect.any(Number) }]);
      await pool.query("delete from _prisma_migrations where migration_name like '0002%'");
      const [status, body] = await ask(readyz);
      expect([status, body.detail]).toEqual([503, expect.stringContaining("Migrations are missing: 0002")]);
    } finally {
      await server.stop();
    }
    expect(await ask(readyz)).toEqual(notReady("The database cannot be reached."));
    expect((await ask(healthz))[0]).toBe(200);
  });
});

test("a server that is not there, or takes connections and says nothing, is answered in time", async () => {
  use(`postgres://nobody@127.0.0.1:${await freePort()}/none`);
  expect(await ask(readyz)).toEqual(notReady("The database cannot be reached."));
  await opened?.close();
  const sockets = new Set<Socket>();
  const silent = createServer((socket) => sockets.add(socket.on("error", () => undefined)));
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const address = silent.address();
  use(`postgres://nobody@127.0.0.1:${typeof address === "object" ? address?.port : 0}/none`);
  const started = performance.now();
  expect(await ask(readyz)).toEqual(notReady("The database cannot be reached."));
  expect(performance.now() - started).toBeLessThan(6_000);
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => silent.close(resolve));
});
