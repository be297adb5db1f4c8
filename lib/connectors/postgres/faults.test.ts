import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createAuthority } from "#tests/certificates.ts";
import {
  answers,
  chatterbox,
  closeRawServers,
  expiredServer,
  filteredPort,
  message,
  rawServer,
  serverError,
} from "#tests/servers/wrong-postgres.ts";
import { findPostgres, freePort, type PostgresServer, startPostgres } from "#tests/services.ts";
import type { StageReport } from "../shapes.ts";
import type { PostgresSourceConfig } from "../specs/postgres.ts";
import { postgresConnector } from "./postgres.ts";

const CANARY = "canary-4cf1a9e07b";
/** `reader` comes in encrypted only; `plain` either way; `ghost` is no role and `group` may not sign in. */
const HBA = [
  "hostssl all reader all scram-sha-256",
  "hostnossl all reader all reject",
  "host all penstock,plain,nothing,entered,slow,busy,broken all scram-sha-256",
  "host all ghost,team all trust",
  "host all outsider all reject",
];

type Place = "tls" | "bare" | number;
type Fault = {
  name: string;
  at?: Place | (() => Promise<number>);
  config?: Partial<PostgresSourceConfig>;
  stage: StageReport["stage"];
  code: string;
  field: string | undefined;
  message: RegExp;
  fix: RegExp;
};

describe.skipIf(!findPostgres())("what is wrong with a PostgreSQL source is said", () => {
  const authority = createAuthority("The right authority");
  const other = createAuthority("Another authority");
  let server: PostgresServer;
  let bare: PostgresServer;
  let filtered: Awaited<ReturnType<typeof filteredPort>>;
  let busy: pg.Client;
  const admin = async (database: string, text: string) => {
    const client = new pg.Client({ connectionString: server.databaseUrl(database) });
    await client.connect();
    await client.query(text).finally(() => client.end());
  };

  beforeAll(async () => {
    [server, bare, filtered] = await Promise.all([
      startPostgres({ tls: authority.issue("DNS:localhost"), hba: HBA }),
      startPostgres(),
      filteredPort(),
    ]);
    for (const name of ["sales", "empty", "closed"]) await server.createDatabase(name);
    const roles = ["reader", "plain", "nothing", "entered", "slow", "busy", "broken", "outsider"];
    await admin(
      "sales",
      `${roles.map((role) => `create role ${role} login password '${CANARY}'`).join("; ")};
       create role team nologin; alter role busy connection limit 1; alter database closed allow_connections false;
       revoke connect on database empty from public; grant connect on database empty to plain;
       create schema mart; create table mart.orders (id int primary key); insert into mart.orders values (1);
       create schema views; create view views.slow as select pg_sleep(60)::text as x; create view views.broken as select 1 / (select 0) as x;
       create schema void; grant usage on schema mart to reader, plain, entered, busy; grant usage on schema void to plain;
       grant select on mart.orders to reader, plain, busy;
       grant usage on schema views to slow, broken; grant select on views.slow to slow; grant select on views.broken to broken`,
    );
    busy = new pg.Client({ ...where("tls"), user: "busy", password: CANARY, database: "sales" });
    await busy.connect();
  }, 90_000);
  afterAll(async () => {
    await busy?.end();
    filtered?.stop();
    closeRawServers();
    await Promise.all([server?.stop(), bare?.stop()]);
  }, 90_000);

  const where = (place: Place) => ({
    host: "localhost",
    port: typeof place === "number" ? place : (place === "tls" ? server : bare).port,
  });

  async function tryIt(place: Place, change: Partial<PostgresSourceConfig> = {}) {
    const reports: StageReport[] = [];
    const login = { database: "sales", username: "plain", password: CANARY, sslmode: "prefer" as const };
    const config = { ...where(place), ...login, ...change };
    const onStage = (report: StageReport) => void reports.push(report);
    const result = await postgresConnector.check({ tenant: "t", config }, { onStage });
    expect(reports).toEqual(result.stages);
    expect(result.stages.slice(0, -1).every(({ ok }) => ok)).toBe(true);
    expect(JSON.stringify(result)).not.toContain(CANARY);
    return result;
  }

  const verified = { sslmode: "verify-full", ssl_root_cert: authority.root } as const;
  const silent = () => rawServer(() => undefined);
  const greets = (words: string | Buffer) => () => rawServer((socket) => socket.write(words));
  const speaksHttp = () =>
    rawServer((socket) => socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")));
  const FAULTS: Fault[] = [
    {
      name: "unknown host",
      config: { host: "no-such-host.invalid" },
      stage: "resolve",
      code: "unknown_host",
      field: "host",
      message: /does not resolve/,
      fix: /spelling/,
    },
    {
      name: "an address that is never reached",
      config: { host: "169.254.169.254" },
      stage: "resolve",
      code: "forbidden_address",
      field: "host",
      message: /never connects/,
      fix: /another host/,
    },
    {
      name: "closed port",
      at: freePort,
      stage: "connect",
      code: "closed_port",
      field: "port",
      message: /nothing listens/,
      fix: /running/,
    },
    {
      name: "filtered port",
      at: async () => filtered.port,
      stage: "connect",
      code: "no_answer",
      field: "host",
      message: /did not answer/,
      fix: /firewall/,
    },
    {
      name: "never answers",
      at: silent,
      stage: "tls",
      code: "slow_server",
      field: "port",
      message: /says nothing/,
      fix: /overloaded/,
    },
    {
      name: "never answers the sign-in",
      at: () => answers(Buffer.alloc(0)),
      stage: "authenticate",
      code: "slow_server",
      field: "port",
      message: /says nothing/,
      fix: /overloaded/,
    },
    {
      name: "a web server",
      at: speaksHttp,
      stage: "tls",
      code: "wrong_protocol",
      field: "port",
      message: /a web server/,
      fix: /5432/,
    },
    {
      name: "a web server, unencrypted",
      at: speaksHttp,
      config: { sslmode: "disable" },
      stage: "tls",
      code: "wrong_protocol",
      field: "port",
      message: /a web server/,
      fix: /5432/,
    },
    {
      name: "an SSH server",
      at: greets("SSH-2.0-OpenSSH_9.2\r\n"),
      stage: "tls",
      code: "wrong_protocol",
      field: "port",
      message: /an SSH server/,
      fix: /5432/,
    },
    {
      name: "a MySQL server",
      at: greets(Buffer.from("J\0\0\0\x0a5.5.5-10.11\0")),
      stage: "tls",
      code: "wrong_protocol",
      field: "port",
      message: /MySQL/,
      fix: /5432/,
    },
    {
      name: "says N and then something else",
      at: () => answers(Buffer.from("HTTP/1.1 400 Bad Request\r\n")),
      stage: "authenticate",
      code: "wrong_protocol",
      field: "port",
      message: /not a PostgreSQL/,
      fix: /5432/,
    },
    {
      name: "closes without a word",
      at: () => rawServer((socket) => socket.end()),
      stage: "tls",
      code: "connection_closed",
      field: "port",
      message: /closed the connection/,
      fix: /proxy/,
    },
    {
      name: "closes after its greeting",
      at: () => answers(undefined),
      stage: "authenticate",
      code: "connection_closed",
      field: "port",
      message: /closed the connection/,
      fix: /proxy/,
    },
    {
      name: "starting up",
      at: () => answers(serverError("57P03", "the database system is starting up")),
      stage: "authenticate",
      code: "starting_up",
      field: undefined,
      message: /starting up/,
      fix: /minute/,
    },
    {
      name: "wants Kerberos",
      at: () => answers(message("R", 7)),
      stage: "authenticate",
      code: "no_access",
      field: "username",
      message: /Kerberos/,
      fix: /scram-sha-256/,
    },
    {
      name: "repeats the password",
      at: () => chatterbox(CANARY),
      stage: "authenticate",
      code: "unknown",
      field: "password",
      message: /REDACTED/,
      fix: /./,
    },
    {
      name: "encryption refused",
      at: "bare",
      config: { sslmode: "require" },
      stage: "tls",
      code: "tls_refused",
      field: "sslmode",
      message: /does not offer/,
      fix: /ssl = on/,
    },
    {
      name: "encryption required",
      at: "tls",
      config: { sslmode: "disable", username: "reader" },
      stage: "authenticate",
      code: "tls_required",
      field: "sslmode",
      message: /encrypted connection only/,
      fix: /verify-full/,
    },
    {
      name: "authority not given",
      at: "tls",
      config: { sslmode: "verify-ca" },
      stage: "tls",
      code: "untrusted_certificate",
      field: "ssl_root_cert",
      message: /Paste the root certificate/,
      fix: /PEM/,
    },
    {
      name: "another authority",
      at: "tls",
      config: { ...verified, ssl_root_cert: other.root },
      stage: "tls",
      code: "untrusted_certificate",
      field: "ssl_root_cert",
      message: /not signed by/,
      fix: /PEM/,
    },
    {
      name: "a root that is none",
      at: "tls",
      config: { ...verified, ssl_root_cert: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----" },
      stage: "tls",
      code: "untrusted_certificate",
      field: "ssl_root_cert",
      message: /cannot be read/,
      fix: /PEM/,
    },
    {
      name: "certificate of another host",
      at: "tls",
      config: { ...verified, host: "127.0.0.1" },
      stage: "tls",
      code: "wrong_host_certificate",
      field: "host",
      message: /not for 127.0.0.1/,
      fix: /name/,
    },
    {
      name: "expired certificate",
      at: () => expiredServer(authority.issue("DNS:localhost", { expired: true })),
      config: verified,
      stage: "tls",
      code: "expired_certificate",
      field: "ssl_root_cert",
      message: /expired/,
      fix: /Renew/,
    },
    {
      name: "wrong password",
      at: "tls",
      config: { password: `not-${CANARY}` },
      stage: "authenticate",
      code: "wrong_password",
      field: "password",
      message: /password for plain/,
      fix: /again/,
    },
    {
      name: "a user that the server does not tell from a wrong password",
      config: { username: "nobody_here" },
      stage: "authenticate",
      code: "wrong_password",
      field: "password",
      message: /password for nobody_here/,
      fix: /same for a user name it does not know/,
    },
    {
      name: "a user that is none",
      at: "tls",
      config: { username: "ghost" },
      stage: "authenticate",
      code: "wrong_user",
      field: "username",
      message: /no user named ghost/,
      fix: /spelling/,
    },
    {
      name: "a role that may not sign in",
      at: "tls",
      config: { username: "team" },
      stage: "authenticate",
      code: "wrong_user",
      field: "username",
      message: /may not sign in/,
      fix: /ALTER ROLE "team" LOGIN/,
    },
    {
      name: "not let in by pg_hba",
      at: "tls",
      config: { username: "outsider" },
      stage: "authenticate",
      code: "no_access",
      field: "username",
      message: /pg_hba/,
      fix: /pg_hba/,
    },
    {
      name: "too many connections",
      at: "tls",
      config: { username: "busy" },
      stage: "authenticate",
      code: "too_many_connections",
      field: undefined,
      message: /no free connections/,
      fix: /limit/,
    },
    {
      name: "unknown database",
      at: "tls",
      config: { database: "sails" },
      stage: "database",
      code: "unknown_database",
      field: "database",
      message: /sails/,
      fix: /spelling/,
    },
    {
      name: "no CONNECT",
      at: "tls",
      config: { database: "empty", username: "entered" },
      stage: "database",
      code: "no_connect",
      field: "database",
      message: /may not connect/,
      fix: /GRANT CONNECT ON DATABASE "empty" TO "entered"/,
    },
    {
      name: "a closed database",
      at: "tls",
      config: { database: "closed" },
      stage: "database",
      code: "no_connect",
      field: "database",
      message: /takes no connections/,
      fix: /ALLOW_CONNECTIONS/,
    },
    {
      name: "unknown schema",
      at: "tls",
      config: { schema: "marts" },
      stage: "privileges",
      code: "unknown_schema",
      field: "schema",
      message: /no schema named marts/,
      fix: /mart/,
    },
    {
      name: "no USAGE",
      at: "tls",
      config: { username: "nothing" },
      stage: "privileges",
      code: "no_usage",
      field: "username",
      message: /may not enter/,
      fix: /GRANT USAGE ON SCHEMA "mart" TO "nothing"/,
    },
    {
      name: "no USAGE of the one schema asked for, an empty one",
      at: "tls",
      config: { username: "nothing", schema: "void" },
      stage: "privileges",
      code: "no_usage",
      field: "username",
      message: /may not enter the schema void/,
      fix: /GRANT USAGE ON SCHEMA "void" TO "nothing"/,
    },
    {
      name: "no SELECT",
      at: "tls",
      config: { username: "entered" },
      stage: "privileges",
      code: "no_select",
      field: "username",
      message: /GRANT SELECT ON ALL TABLES IN SCHEMA "mart" TO "entered"/,
      fix: /GRANT SELECT/,
    },
    {
      name: "a view that takes too long",
      at: "tls",
      config: { username: "slow" },
      stage: "first_row",
      code: "slow_server",
      field: undefined,
      message: /views.slow did not give a row/,
      fix: /less busy/,
    },
    {
      name: "a view that fails",
      at: "tls",
      config: { username: "broken" },
      stage: "first_row",
      code: "unreadable_row",
      field: undefined,
      message: /row of views.broken cannot be read: division by zero/,
      fix: /view/,
    },
  ];

  test.concurrent.each(FAULTS)("$name: $code at $stage", { timeout: 30_000 }, async (fault) => {
    const { at = "tls", config, stage, code, field, message, fix } = fault;
    const result = await tryIt(typeof at === "function" ? await at() : at, config);
    expect(result.ok).toBe(false);
    expect(result.stages.at(-1)).toMatchObject({ stage, ok: false, ...(field && { field }) });
    expect(result.failure).toMatchObject({ stage, code });
    expect(result.failure?.field).toBe(field);
    expect(result.failure?.message).toMatch(message);
    expect(result.failure?.fix).toMatch(fix);
  });

  test.concurrent("what is fine passes all seven stages, encrypted where it should be", async () => {
    for (const [place, change, said] of [
      ["tls", {}, /Encrypted \(TLSv1.3\); the certificate is not checked with sslmode prefer/],
      ["bare", { username: "penstock", password: bare.password, database: "postgres" }, /Not encrypted/],
      ["tls", { ...verified, username: "reader" }, /the certificate is the expected one/],
      ["tls", { sslmode: "require", ssl_root_cert: authority.root }, /the certificate is the expected one/],
      ["tls", { ...verified, sslmode: "verify-ca", host: "127.0.0.1" }, /the expected one/],
      ["tls", { sslmode: "disable" }, /off, as asked for; the server offers it/],
    ] as const) {
      const result = await tryIt(place, change);
      expect(result.failure).toBeUndefined();
      expect(result.stages.map(({ stage }) => stage).join()).toBe(
        "resolve,connect,tls,authenticate,database,privileges,first_row",
      );
      expect(result.stages[2]?.message).toMatch(said);
    }
    const { stages } = await tryIt("tls");
    expect(stages[5]?.message).toBe("plain can read 1 of 3 tables and views.");
    expect(stages[6]?.message).toBe("Read a row of mart.orders.");
  });

  test.concurrent("an empty database and an empty schema pass and say so", async () => {
    const empty = await tryIt("tls", { database: "empty" });
    expect(empty.ok).toBe(true);
    expect(empty.stages[5]?.message).toContain("there is no table yet");
    expect(empty.stages[6]?.message).toContain("nothing to read");
    expect((await tryIt("tls", { schema: "void" })).stages[5]?.message).toContain("in the schema void");
  });

  test("a replica that can only be read is fine, and said", { timeout: 60_000 }, async () => {
    const port = await freePort();
    // The replica inherits this connection from the server's process that starts it: it cannot end before.
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    const run = (program: string) => client.query(`copy (select 1) to program $$${program}$$`);
    const { rows } = await client.query<{ data: string }>("select current_setting('data_directory') as data");
    const copy = `${rows[0]?.data}-standby`;
    const tools = findPostgres();
    const source = server.databaseUrl("");
    await run(`${tools}/pg_basebackup -D ${copy} -R --no-sync -c fast -d ${source} > ${copy}.log 2>&1`);
    const options = `-p ${port} -k ${copy} -c ssl=off -c fsync=off`;
    await run(`${tools}/pg_ctl -D ${copy} -w -l ${copy}.log -o '${options}' start > ${copy}.out 2>&1`);
    try {
      const result = await tryIt(port);
      expect(result.ok).toBe(true);
      expect(result.stages[4]?.message).toContain("a replica that can only be read");
      const config = {
        ...where(port),
        database: "sales",
        username: "plain",
        password: CANARY,
        sslmode: "prefer" as const,
      };
      const opened = await postgresConnector.read({ tenant: "t", config }, { table: "mart.orders" });
      const { stream } = await opened.csv();
      expect(String(Buffer.concat(await stream.toArray()))).toBe("1\n");
      await opened.close();
    } finally {
      await run(`${tools}/pg_ctl -D ${copy} -m immediate -w stop > ${copy}.out 2>&1`);
      await client.end();
    }
  });

  test("stopping a check ends it, whatever it waits for", async () => {
    const config = {
      ...where(await silent()),
      database: "sales",
      username: "plain",
      password: CANARY,
      sslmode: "prefer" as const,
    };
    const stop = new AbortController();
    const check = postgresConnector.check(
      { tenant: "t", config },
      {
        signal: stop.signal,
        onStage: ({ stage }) => stage === "connect" && stop.abort(new Error("stopped")),
      },
    );
    await expect(check).rejects.toThrow("stopped");
  });
});
