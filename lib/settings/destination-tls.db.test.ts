import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { createAuthority } from "#tests/certificates.ts";
import { findPostgres, freePort, type PostgresServer, startPostgres } from "#tests/services.ts";
import type { PostgresConfig } from "./load-destination.ts";
import { connectDestination } from "./postgres-connection.ts";
import { testDestinationDraft } from "./test-destination.ts";

const PASSWORD = "of-the-loader";
/** `loader` and `stranger` come in encrypted only, `plain` either way; `stranger` may not enter `sales`. */
const HBA = [
  "hostssl all loader all scram-sha-256",
  "hostssl all stranger all scram-sha-256",
  "host all penstock,plain all scram-sha-256",
  "host all all all reject",
];

describe.skipIf(!findPostgres())("a destination on a PostgreSQL with TLS", () => {
  const authority = createAuthority("The right authority");
  const other = createAuthority("Another authority");
  let server: PostgresServer;
  let bare: PostgresServer;

  beforeAll(async () => {
    [server, bare] = await Promise.all([
      startPostgres({ tls: authority.issue("DNS:localhost"), hba: HBA }),
      startPostgres(),
    ]);
    await server.createDatabase("sales");
    const admin = new pg.Client({ connectionString: server.databaseUrl("sales") });
    await admin.connect();
    for (const role of ["loader", "stranger", "plain"])
      await admin.query(`create role ${role} login password '${PASSWORD}'`);
    await admin.query("revoke connect on database sales from public");
    await admin.query("grant connect, create on database sales to loader, plain");
    await admin.query("create schema mart authorization loader");
    await admin.end();
  });
  afterAll(() => Promise.all([server?.stop(), bare?.stop()]));

  function configOf(change: Partial<PostgresConfig> = {}): PostgresConfig {
    const where = { host: "localhost", port: server.port, database: "sales", username: "loader" };
    return { ...where, sslmode: "verify-full", rootCert: authority.root, schema: "mart", ...change };
  }

  /** The stages passed, and the finding of the one that failed. */
  async function tryIt(change: Partial<PostgresConfig> = {}, password = PASSWORD) {
    const ctx = { roles: ["ROLE_ADMIN"] } as unknown as Ctx;
    const result = await testDestinationDraft({ ctx, input: { config: configOf(change), password } });
    expect(result.stages.slice(0, -1).every((stage) => stage.ok)).toBe(true);
    expect(JSON.stringify(result)).not.toContain(password);
    const { stage, field, message, ok } = result.stages.at(-1) ?? {};
    expect(result.ok).toBe(ok);
    return { ok, stage, field, message };
  }

  test.each(["verify-full", "verify-ca", "require"] as const)("works with %s, encrypted", async (sslmode) => {
    expect(await tryIt({ sslmode })).toMatchObject({ ok: true, stage: "privileges" });
    const client = await connectDestination({ config: configOf({ sslmode }), password: PASSWORD });
    const { rows } = await client.query("select ssl from pg_stat_ssl where pid = pg_backend_pid()");
    await client.end();
    expect(rows).toEqual([{ ssl: true }]);
  });

  test("require without a root certificate encrypts and checks nobody", async () => {
    expect(await tryIt({ sslmode: "require", rootCert: undefined })).toMatchObject({ ok: true });
  });

  test("a certificate of another authority is not the right one", async () => {
    for (const sslmode of ["verify-full", "verify-ca", "require"] as const) {
      const finding = await tryIt({ sslmode, rootCert: other.root });
      expect(finding).toMatchObject({ ok: false, stage: "tls", field: "rootCert" });
      expect(finding.message).toContain("not signed by the root certificate given");
      const config = configOf({ sslmode, rootCert: other.root });
      await expect(connectDestination({ config, password: PASSWORD })).rejects.toThrow();
    }
    const none = await tryIt({ rootCert: undefined });
    expect(none).toMatchObject({ ok: false, stage: "tls", field: "rootCert" });
    expect(none.message).toContain("Paste the root certificate");
  });

  test("text between the right lines that is no certificate is said to be none", async () => {
    const rootCert = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    const finding = await tryIt({ rootCert });
    expect(finding).toMatchObject({ ok: false, stage: "tls", field: "rootCert" });
    expect(finding.message).toContain("cannot be read");
  });

  test("a certificate for another name is noticed by verify-full, and by it alone", async () => {
    const finding = await tryIt({ host: "127.0.0.1" });
    expect(finding).toMatchObject({ ok: false, stage: "tls", field: "host" });
    expect(finding.message).toContain("not for 127.0.0.1");
    expect(await tryIt({ host: "127.0.0.1", sslmode: "verify-ca" })).toMatchObject({ ok: true });
    const config = configOf({ host: "127.0.0.1" });
    await expect(connectDestination({ config, password: PASSWORD })).rejects.toThrow();
  });

  test("a server that takes encrypted connections only says so to one that is not", async () => {
    const finding = await tryIt({ sslmode: "disable" });
    expect(finding).toMatchObject({ ok: false, stage: "authenticate", field: "sslmode" });
    expect(finding.message).toContain("encrypted");
    expect(await tryIt({ sslmode: "disable", username: "plain", schema: "new" })).toMatchObject({ ok: true });
  });

  test("a server without TLS cannot be asked for it", async () => {
    for (const sslmode of ["require", "verify-full"] as const) {
      const finding = await tryIt({ host: "127.0.0.1", port: bare.port, sslmode });
      expect(finding).toMatchObject({ ok: false, stage: "tls", field: "sslmode" });
      expect(finding.message).toContain("does not offer encryption");
    }
  });

  test("a wrong password, user, database, port and a missing right are told apart", async () => {
    expect(await tryIt({}, "not-the-password")).toMatchObject({
      ok: false,
      stage: "authenticate",
      field: "password",
      message: "The password for loader is not right.",
    });
    expect(await tryIt({ username: "who" })).toMatchObject({ stage: "authenticate", field: "username" });
    expect(await tryIt({ database: "sails" })).toMatchObject({
      ok: false,
      stage: "database",
      field: "database",
      message: "There is no database named sails.",
    });
    expect(await tryIt({ username: "stranger" })).toMatchObject({
      ok: false,
      stage: "database",
      field: "database",
      message: "stranger may not connect to the database sales.",
    });
    expect(await tryIt({ port: await freePort() })).toMatchObject({
      ok: false,
      stage: "connect",
      field: "port",
    });
    const rights = await tryIt({ username: "plain", schema: "mart" });
    expect(rights).toMatchObject({ ok: false, stage: "privileges", field: "username" });
    expect(rights.message).toContain('GRANT USAGE, CREATE ON SCHEMA "mart" TO "plain"');
  });
});
