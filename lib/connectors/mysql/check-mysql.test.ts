import { createServer, type Server, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Authority, createAuthority } from "../../../tests/certificates.ts";
import { findMariadb, type MariadbServer, startMariadb } from "../../../tests/servers/mariadb.ts";
import { freePort } from "../../../tests/services.ts";
import type { CheckResult, StageReport } from "../shapes.ts";
import type { MysqlSourceConfig } from "../specs/mysql.ts";
import { mysqlConnector } from "./mysql.ts";

type Change = Partial<MysqlSourceConfig>;

const check = (config: MysqlSourceConfig, onStage?: (report: StageReport) => void): Promise<CheckResult> =>
  mysqlConnector.check({ tenant: "t", config }, { onStage });

describe.skipIf(!findMariadb())("checking a MariaDB", { timeout: 30_000 }, () => {
  let plain: MariadbServer;
  let encrypted: MariadbServer;
  let authority: Authority;

  const config = (server: MariadbServer, change: Change = {}): MysqlSourceConfig => ({
    ...{ host: server.host, port: server.port, database: "shop" },
    ...{ username: server.user, password: server.password, ssl: "prefer" },
    ...change,
  });

  beforeAll(async () => {
    authority = createAuthority("MariaDB of a test");
    [plain, encrypted] = await Promise.all([
      startMariadb({ settings: ["plugin-load-add=auth_ed25519"] }),
      startMariadb({ tls: authority.issue("IP:127.0.0.1"), settings: ["require-secure-transport=ON"] }),
    ]);
    await plain.run(`
      CREATE DATABASE shop; CREATE DATABASE bare; CREATE DATABASE other;
      CREATE TABLE shop.orders (id INT PRIMARY KEY, t TEXT); INSERT INTO shop.orders VALUES (1, 'a');
      CREATE TABLE other.t (id INT);
      CREATE USER nothing@'%' IDENTIFIED BY 'pw';
      CREATE USER writer@'%' IDENTIFIED BY 'pw'; GRANT INSERT ON shop.* TO writer@'%';
      CREATE USER blind@'%' IDENTIFIED BY 'pw'; GRANT CREATE ON bare.* TO blind@'%';
      CREATE USER reader@'%' IDENTIFIED BY 'pw'; GRANT SELECT ON shop.* TO reader@'%'; GRANT SELECT ON bare.* TO reader@'%';
      CREATE USER part@'%' IDENTIFIED BY 'pw'; GRANT SELECT (id) ON shop.orders TO part@'%';
      CREATE USER single@'%' IDENTIFIED BY 'pw' WITH MAX_USER_CONNECTIONS 1; GRANT SELECT ON shop.* TO single@'%';
      CREATE USER curve@'%' IDENTIFIED VIA ed25519 USING PASSWORD('pw');
      CREATE USER stale@'%' IDENTIFIED BY 'pw' PASSWORD EXPIRE;
      CREATE USER shut@'%' IDENTIFIED BY 'pw' ACCOUNT LOCK;
      CREATE USER elsewhere@'10.1.2.3' IDENTIFIED BY 'pw'`);
    await encrypted.run("CREATE DATABASE shop; CREATE TABLE shop.t (id INT)");
  }, 90_000);

  afterAll(() => Promise.all([plain?.stop(), encrypted?.stop()]));

  it("passes every stage and says what it found", async () => {
    const told: string[] = [];
    const result = await check(config(plain), ({ stage, ok }) => told.push(`${stage} ${ok}`));
    const stages = ["resolve", "connect", "tls", "authenticate", "database", "privileges", "first_row"];
    expect(told).toEqual(stages.map((stage) => `${stage} true`));
    expect(result.ok).toBe(true);
    expect(result.stages.at(-1)?.message).toBe("Read a row of shop.orders.");
  });

  it("passes where nothing is there yet, and where the server is read only", async () => {
    const empty = await check(config(plain, { database: "bare", username: "reader", password: "pw" }));
    expect(empty).toMatchObject({ ok: true });
    expect(empty.stages.at(-1)?.message).toBe("bare has no tables yet.");
    await plain.run("SET GLOBAL read_only = 1");
    const replica = await check(config(plain, { username: "reader", password: "pw" }));
    await plain.run("SET GLOBAL read_only = 0");
    expect(replica.ok).toBe(true);
    expect(replica.stages.find(({ stage }) => stage === "database")?.message).toContain("read only");
  });

  it("passes where only a column may be read, and reads that one", async () => {
    const part = config(plain, { username: "part", password: "pw" });
    expect((await check(part)).stages.at(-1)).toMatchObject({ ok: true, stage: "first_row" });
    const opened = await mysqlConnector.read({ tenant: "t", config: part }, { table: "shop.orders" });
    expect(opened.columns.map(({ name }) => name)).toEqual(["id"]);
    await opened.close();
  });

  const user = (username: string, more: Change = {}): Change => ({ username, password: "pw", ...more });

  it.each<[fault: string, change: Change, expected: Record<string, unknown>]>([
    [
      "a host that does not exist",
      { host: "no-such-host.invalid" },
      { stage: "resolve", code: "unknown_host", field: "host" },
    ],
    [
      "an address of the cloud's own",
      { host: "169.254.169.254" },
      { stage: "resolve", code: "forbidden_address", field: "host" },
    ],
    [
      "a wrong password",
      { password: "wrong" },
      { stage: "authenticate", code: "wrong_credentials", field: "password" },
    ],
    ["a wrong user", { username: "nobody" }, { stage: "authenticate", code: "wrong_credentials" }],
    [
      "an account for another address",
      user("elsewhere"),
      { stage: "authenticate", code: "wrong_credentials" },
    ],
    [
      "an unknown database",
      { database: "shpo" },
      { stage: "database", code: "unknown_database", field: "database" },
    ],
    [
      "a database that the account may not use",
      user("reader", { database: "other" }),
      {
        stage: "database",
        code: "no_connect",
        field: "database",
        fix: expect.stringContaining("GRANT SELECT ON `other`.* TO 'reader'@'%'"),
      },
    ],
    [
      "no SELECT on any table",
      user("writer"),
      {
        stage: "privileges",
        code: "no_select",
        fix: expect.stringContaining("GRANT SELECT ON `shop`.* TO 'writer'@"),
      },
    ],
    [
      "no SELECT in an empty database",
      user("blind", { database: "bare" }),
      {
        stage: "privileges",
        code: "no_select",
        fix: expect.stringContaining("GRANT SELECT ON `bare`.* TO 'blind'@'%'"),
      },
    ],
    ["no right at all", user("nothing"), { stage: "database", code: "no_connect" }],
    [
      "a sign-in that is not supported",
      user("curve"),
      {
        stage: "authenticate",
        code: "unsupported_authentication",
        field: "username",
        message: expect.stringContaining("client_ed25519"),
      },
    ],
    [
      "an expired password",
      user("stale"),
      { stage: "authenticate", code: "expired_password", field: "password" },
    ],
    ["a locked account", user("shut"), { stage: "authenticate", code: "locked_account", field: "username" }],
    [
      "encryption that the server does not offer",
      { ssl: "require" },
      { stage: "tls", code: "tls_refused", field: "ssl" },
    ],
  ])("names %s", async (_fault, change, expected) => {
    const result = await check(config(plain, change));
    expect(result.failure).toMatchObject(expected);
    expect(result.failure?.fix).not.toBe("");
    expect(JSON.stringify(result)).not.toContain("unexpected");
    expect(result.stages.at(-1)).toMatchObject({ ok: false, stage: expected.stage });
  });

  it("names too many connections of an account", async () => {
    const given = { tenant: "t", config: config(plain, user("single")) };
    const opened = await mysqlConnector.read(given, { table: "shop.orders" });
    const result = await check(given.config);
    await opened.close();
    expect(result.failure).toMatchObject({ stage: "authenticate", code: "too_many_connections" });
    await expect.poll(async () => (await check(given.config)).ok).toBe(true);
  });

  it.each<[fault: string, change: (root: string) => Change, expected: Record<string, unknown> | undefined]>([
    ["prefer", () => ({ ssl: "prefer" }), undefined],
    ["require", () => ({ ssl: "require" }), undefined],
    ["verify with the root that signed it", (root) => ({ ssl: "verify", ssl_root_cert: root }), undefined],
    [
      "no encryption where it is demanded",
      () => ({ ssl: "disable" }),
      { stage: "authenticate", code: "tls_required", field: "ssl" },
    ],
    ["no root at all", () => ({ ssl: "verify" }), { stage: "tls", code: "untrusted_certificate" }],
    [
      "another root",
      () => ({ ssl: "verify", ssl_root_cert: createAuthority("Another").root }),
      { stage: "tls", code: "untrusted_certificate", field: "ssl_root_cert" },
    ],
    [
      "a certificate for another name",
      (root) => ({ host: "localhost", ssl: "verify", ssl_root_cert: root }),
      { stage: "tls", code: "wrong_host_certificate", field: "host" },
    ],
  ])("over TLS: %s", async (_fault, change, expected) => {
    const result = await check(config(encrypted, change(authority.root)));
    if (expected) expect(result.failure).toMatchObject(expected);
    else {
      expect(result).toMatchObject({ ok: true });
      expect(result.stages.find(({ stage }) => stage === "tls")?.message).toMatch(/TLSv1\.[23]/);
    }
  });
});

describe("what is no MySQL, or a broken one", { timeout: 30_000, concurrent: true }, () => {
  const servers: Server[] = [];
  const sockets = new Set<Socket>();

  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    for (const server of servers) server.close();
  });

  /** A server that does this with each connection. */
  const serve = (speak: (socket: Socket) => void): Promise<number> =>
    new Promise((resolve) => {
      const server = createServer((socket) => {
        sockets.add(socket);
        socket.on("error", () => undefined);
        speak(socket);
      });
      servers.push(server);
      server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
    });

  const at = (port: number): MysqlSourceConfig => ({
    ...{ host: "127.0.0.1", port, database: "shop", username: "u", password: "canary-secret", ssl: "prefer" },
  });

  const packet = (payload: Buffer) =>
    Buffer.concat([Buffer.from([payload.length & 255, payload.length >> 8, 0, 0]), payload]);
  const refusal = (errno: number, text: string) =>
    packet(Buffer.concat([Buffer.from([0xff, errno & 255, errno >> 8]), Buffer.from(text)]));
  const greeting = packet(
    Buffer.concat([
      ...[Buffer.from([10]), Buffer.from("8.0.99\0"), Buffer.from([1, 0, 0, 0]), Buffer.from("abcdefgh\0")],
      ...[
        Buffer.from([0xff, 0xf7, 33, 2, 0, 0xff, 0x81, 21]),
        Buffer.alloc(10),
        Buffer.from("abcdefghijkl\0"),
      ],
      Buffer.from("caching_sha2_password\0"),
    ]),
  );

  it.each<[fault: string, speak: (socket: Socket) => void, expected: Record<string, unknown>]>([
    [
      "an SSH server",
      (socket) => socket.write("SSH-2.0-OpenSSH_9\r\n"),
      {
        stage: "connect",
        code: "wrong_protocol",
        field: "port",
        message: expect.stringContaining("an SSH server"),
      },
    ],
    [
      "a web server that speaks first",
      (socket) => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"),
      { stage: "connect", code: "wrong_protocol" },
    ],
    [
      "a PostgreSQL, which waits to be asked",
      (socket) => socket.on("data", () => socket.write("N")),
      { stage: "connect", code: "wrong_protocol", message: expect.stringContaining("a PostgreSQL server") },
    ],
    [
      "noise",
      (socket) => socket.write(Buffer.from([1, 2, 3, 4, 5, 6, 7, 8, 9])),
      { stage: "connect", code: "wrong_protocol" },
    ],
    [
      "a server that closes at once",
      (socket) => socket.end(),
      { stage: "connect", code: "connection_closed" },
    ],
    [
      "a server that closes in the middle of its greeting",
      (socket) => socket.end(greeting.subarray(0, 20)),
      { stage: "connect", code: "connection_closed" },
    ],
    [
      "a server that closes after its greeting",
      (socket) => {
        socket.write(greeting);
        socket.on("data", () => socket.destroy());
      },
      { stage: "authenticate", code: "connection_closed" },
    ],
    [
      "too many connections",
      (socket) => socket.end(refusal(1040, "Too many connections")),
      { stage: "connect", code: "too_many_connections" },
    ],
    [
      "an address that is not let in",
      (socket) =>
        socket.end(refusal(1130, "Host '127.0.0.1' is not allowed to connect to this MariaDB server")),
      { stage: "connect", code: "no_access", field: "host" },
    ],
    [
      "a MySQL that demands encryption",
      (socket) => {
        socket.write(greeting);
        const demand = refusal(3159, "#HY000Connections using insecure transport are prohibited");
        demand[3] = 2;
        socket.once("data", () => socket.write(demand));
      },
      { stage: "authenticate", code: "tls_required", field: "ssl" },
    ],
    [
      "a method in the clear",
      (socket) => {
        socket.write(greeting);
        socket.once("data", () =>
          socket.write(
            Buffer.concat([Buffer.from([22, 0, 0, 2, 0xfe]), Buffer.from("mysql_clear_password\0")]),
          ),
        );
      },
      {
        stage: "authenticate",
        code: "unsupported_authentication",
        message: expect.stringContaining("mysql_clear_password"),
      },
    ],
    [
      "TLS that is none",
      (socket) => {
        const secure = Buffer.from(greeting);
        secure[26] = 0xff;
        socket.write(secure);
        socket.on("data", () => socket.write("no TLS here at all"));
      },
      { stage: "tls", code: "tls_refused" },
    ],
    ["a server that says nothing for too long", () => undefined, { stage: "connect", code: "slow_server" }],
    [
      "a server that greets and then says nothing",
      (socket) => socket.write(greeting),
      { stage: "authenticate", code: "slow_server" },
    ],
  ])("names %s", async (_fault, speak, expected) => {
    const result = await check(at(await serve(speak)));
    expect(result.failure).toMatchObject(expected);
    expect(JSON.stringify(result)).not.toContain("canary-secret");
  });

  it("names a port where nobody listens", async () => {
    const result = await check(at(await freePort()));
    expect(result.failure).toMatchObject({ stage: "connect", code: "closed_port", field: "port" });
  });

  it("stops when it is aborted", async () => {
    const stop = new AbortController();
    const port = await serve(() => stop.abort(new Error("stopped by a test")));
    await expect(
      mysqlConnector.check({ tenant: "t", config: at(port) }, { signal: stop.signal }),
    ).rejects.toThrow("stopped by a test");
  });
});
