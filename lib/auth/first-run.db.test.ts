import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test, vi } from "vitest";
import { connectServer, type Database, openEmbedded } from "#lib/db.ts";
import { settlePort } from "#lib/env.ts";
import { migrate } from "#lib/migrate.ts";
import { engines } from "#tests/factories.ts";
import { authenticate } from "./authenticate.ts";
import { DEMO_TENANT, firstRun } from "./first-run.ts";
import { signInByLink } from "./sign-in.ts";

const server = inject("postgresUrl");

/** A database that nobody has used, for a run that really is the first. */
async function openFresh(engine: (typeof engines)[number], folder: string): Promise<Database> {
  if (engine === "embedded") return openEmbedded(path.join(folder, "database"));
  const name = `first_run_${randomBytes(4).toString("hex")}`;
  const admin = connectServer(server ?? "", 1);
  await admin.pool.query(`create database "${name}"`);
  await admin.close();
  return connectServer(Object.assign(new URL(server ?? ""), { pathname: `/${name}` }).href);
}

describe.each(engines)("the first run (%s)", (engine) => {
  describe.skipIf(engine === "postgres" && !server)("on a database of its own", () => {
    let folder: string;
    let database: Database;
    let data: string;

    beforeAll(async () => {
      folder = await mkdtemp(path.join(tmpdir(), "penstock-first-run-"));
      database = await openFresh(engine, folder);
      await migrate(database.pool, path.resolve("prisma/migrations"));
    });
    afterAll(async () => {
      await database?.close();
      await rm(folder, { recursive: true, force: true });
    });
    beforeEach(async () => {
      data = await mkdtemp(path.join(folder, "data-"));
      vi.stubEnv("PENSTOCK_DATA_DIR", data);
      settlePort(3000);
      await database.db.user.deleteMany();
      await database.db.membership.deleteMany();
      await database.db.apiKey.deleteMany();
    });
    afterEach(() => {
      vi.unstubAllEnvs();
      settlePort(3000);
    });

    /** As a deployment with a PostgreSQL server behaves, whatever engine is beneath. */
    function withServer(): void {
      vi.stubEnv("DATABASE_URL", "postgres://nobody@192.0.2.1/none");
      vi.stubEnv("PENSTOCK_SECRET_KEY", "a-secret-key-for-the-tests-of-a-first-run");
      settlePort(3000);
    }
    const secretIn = async (file = "") => (await readFile(file, "utf8")).trim();
    const keyWorks = async (secret: string) => {
      const headers = new Headers({ authorization: `Bearer ${secret}` });
      return authenticate(database.db, { headers });
    };
    const follow = (link = "") =>
      signInByLink(database.db, { token: new URL(link).searchParams.get("token") }, "198.51.100.1");
    const counts = async () => {
      const { db } = database;
      const where = { tenantId: DEMO_TENANT };
      const count = [db.user.count(), db.membership.count({ where }), db.apiKey.count({ where })];
      return [...(await Promise.all(count)), await db.auditLog.count({ where })];
    };

    test("embedded: an administrator, a link and a key that is its owner's alone", async () => {
      const { signInUrl, keyFile } = await firstRun(database.db);
      expect(keyFile).toBe(path.join(data, "dev-key"));
      expect((await stat(keyFile ?? "")).mode & 0o777).toBe(0o600);
      const secret = await secretIn(keyFile);
      expect(await keyWorks(secret)).toMatchObject({ tenant: DEMO_TENANT, via: "key" });
      expect((await keyWorks(secret)).roles).toContain("ROLE_ADMIN");
      const admin = await follow(signInUrl);
      expect(admin).toMatchObject({ email: "admin@localhost.local" });
      expect(await database.db.membership.findMany({ where: { userId: admin?.id } })).toMatchObject([
        { tenantId: DEMO_TENANT, roles: ["ROLE_ADMIN", "ROLE_DATA_ENGINEER"] },
      ]);
    });

    test("embedded: again makes a new link and nothing else", async () => {
      const first = await firstRun(database.db);
      const secret = await secretIn(first.keyFile);
      const before = await counts();
      const second = await firstRun(database.db);
      expect(await counts()).toEqual(before);
      expect(await secretIn(second.keyFile)).toBe(secret);
      expect(second.signInUrl).not.toBe(first.signInUrl);
      expect(await follow(second.signInUrl)).toBeDefined();
    });

    test("embedded: a key that does not open, or that others may read, is put right", async () => {
      const { keyFile = "" } = await firstRun(database.db);
      await chmod(keyFile, 0o644);
      const secret = await secretIn(keyFile);
      await firstRun(database.db);
      expect((await stat(keyFile)).mode & 0o777).toBe(0o600);
      expect(await secretIn(keyFile)).toBe(secret);
      for (const spoil of [
        () => writeFile(keyFile, ""),
        () => writeFile(keyFile, "pk_of-another-installation"),
        () => rm(keyFile),
        () => database.db.apiKey.updateMany({ data: { revokedAt: new Date() } }),
      ]) {
        const old = await secretIn(keyFile);
        await spoil();
        await firstRun(database.db);
        expect(await secretIn(keyFile)).not.toBe(old);
        expect(await keyWorks(await secretIn(keyFile))).toMatchObject({ tenant: DEMO_TENANT });
        expect((await stat(keyFile)).mode & 0o777).toBe(0o600);
      }
    });

    test("with a server: a link until someone has come in, and never a key", async () => {
      withServer();
      const { signInUrl, keyFile } = await firstRun(database.db);
      expect(keyFile).toBeUndefined();
      await expect(stat(path.join(data, "dev-key"))).rejects.toThrow("ENOENT");
      expect(await database.db.apiKey.count()).toBe(0);
      expect((await firstRun(database.db)).signInUrl).toContain("/sign-in?token=");
      expect(await follow(signInUrl)).toBeDefined();
      expect(await firstRun(database.db)).toEqual({});
    });

    test("with a server: nodes that start at once make one administrator", async () => {
      withServer();
      const runs = await Promise.all(Array.from({ length: 4 }, () => firstRun(database.db)));
      expect(new Set(runs.map((run) => run.signInUrl)).size).toBe(4);
      expect((await counts()).slice(0, 2)).toEqual([1, 1]);
    });
  });
});
