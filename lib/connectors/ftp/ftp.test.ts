import { chmodSync, chownSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Authority, createAuthority } from "#tests/certificates.ts";
import { fileConnectorKit, shelfIn } from "#tests/file-connector-kit.ts";
import {
  bytesOf,
  CANARY,
  expectToAbort,
  type SampleFiles,
  sampleFiles,
  writeInto,
} from "#tests/files-kit.ts";
import { startCuttingFtpRelay } from "#tests/servers/cutting-relay.ts";
import { ownServers } from "#tests/servers/own-servers.ts";
import { type FtpServer, findPureFtpd, startPureFtpd } from "#tests/servers/pure-ftpd.ts";
import { freePort } from "#tests/services.ts";
import { STAGES } from "../shapes.ts";
import type { FtpSourceConfig } from "../specs/ftp.ts";
import { ftpConnector } from "./ftp.ts";

const kit = fileConnectorKit(ftpConnector);
const { check } = kit;

/** A file of the user that signs in: only its owner may move it. */
function putAs(folder: string, name: string, content: Buffer): void {
  writeFileSync(path.join(folder, name), content);
  chownSync(path.join(folder, name), 1000, 1000);
}

describe.skipIf(!findPureFtpd())("ftp on Pure-FTPd", { timeout: 30_000 }, () => {
  let authority: Authority;
  let open: FtpServer;
  let plain: FtpServer;
  let strict: FtpServer;
  let elsewhere: FtpServer;
  let files: SampleFiles;
  beforeAll(async () => {
    authority = createAuthority("ftp");
    const tls = authority.issue("DNS:localhost,IP:127.0.0.1");
    const password = CANARY;
    [open, plain, strict, elsewhere] = await Promise.all([
      startPureFtpd({ tls, encryption: "offered", password }),
      startPureFtpd({ encryption: "off", password }),
      startPureFtpd({ tls, encryption: "required", password }),
      startPureFtpd({ tls: authority.issue("DNS:files.example.com"), encryption: "offered", password }),
    ]);
    files = await sampleFiles();
    for (const server of [open, plain, strict]) writeInto(server.files, files);
  }, 60_000);
  afterAll(() => Promise.all([open, plain, strict, elsewhere].map((server) => server?.stop())));
  const config = (server: FtpServer, change: Partial<FtpSourceConfig> = {}): FtpSourceConfig => {
    const { host, port, username, password } = server;
    return { host, port, username, password, tls: "off", ...change };
  };
  const verified = (server: FtpServer) => config(server, { tls: "verify", ssl_root_cert: authority.root });

  it("reads files in the clear", async () => {
    await kit.expectToRead(config(plain), files);
  });

  it("reads files encrypted", async () => {
    await kit.expectToRead(verified(strict), files);
  });

  it("looks only below the folder that is set", async () => {
    const below = config(open, { path: "orders" });
    expect(await kit.names(below)).toEqual(["*.csv", "old/2023-12-31.csv"]);
    await kit.reading(below, async (store) => {
      await expect(store.open("../lines.jsonl")).rejects.toMatchObject({ code: "path_refused" });
      const [found] = await store.list({ pattern: { type: "glob", value: "*01.csv" } });
      const content = files["orders/2024-01-01.csv"] ?? Buffer.of();
      expect((await bytesOf(await store.open(found?.path ?? ""))).equals(content)).toBe(true);
    });
  });

  it("says what each stage found", async () => {
    const tried = await check(verified(open));
    expect(tried.code).toBe("ok");
    expect(tried.stages).toEqual(STAGES);
    expect((await check(config(open, { tls: "require" }))).code).toBe("ok");
    const readable = await check(config(plain));
    expect(readable.stages).not.toContain("tls");
    expect(readable.said).toContain("encryption is off");
  });

  it("passes when nothing is there yet", async () => {
    const tried = await check(config(elsewhere));
    expect(tried.code).toBe("ok");
    expect(tried.said).toContain("no files yet");
  });

  it.each<[string, () => FtpSourceConfig, object]>([
    [
      "an unknown host",
      () => config(open, { host: "no-such-host.invalid" }),
      { stage: "resolve", code: "unknown_host", field: "host" },
    ],
    [
      "a forbidden address",
      () => config(open, { host: "169.254.169.254" }),
      { stage: "resolve", code: "forbidden_address", field: "host" },
    ],
    [
      "a server without TLS",
      () => config(plain, { tls: "require" }),
      { stage: "tls", code: "tls_refused", field: "tls" },
    ],
    [
      "a server that wants TLS",
      () => config(strict),
      { stage: "authenticate", code: "tls_required", field: "tls" },
    ],
    [
      "an authority that nobody knows",
      () => config(open, { tls: "verify" }),
      { stage: "tls", code: "untrusted_certificate", field: "ssl_root_cert" },
    ],
    [
      "another authority",
      () => config(open, { tls: "verify", ssl_root_cert: createAuthority("other").root }),
      { stage: "tls", code: "untrusted_certificate", field: "ssl_root_cert" },
    ],
    [
      "a certificate for another host",
      () => verified(elsewhere),
      { stage: "tls", code: "wrong_host_certificate", field: "host" },
    ],
    [
      "a folder that is not there",
      () => config(open, { path: "/nowhere" }),
      { stage: "database", code: "unknown_folder", field: "path" },
    ],
  ])("names %s", async (_fault, given, expected) => {
    expect(await check(given())).toMatchObject(expected);
  });

  it("names a wrong password, and cannot tell it from an unknown user", { timeout: 20_000 }, async () => {
    // The server lets one wait after a wrong sign-in.
    const tried = await Promise.all([
      check(config(open, { password: `${CANARY}x` })),
      check(config(open, { username: "somebody" })),
    ]);
    const expected = { stage: "authenticate", code: "wrong_credentials", field: "password" };
    for (const each of tried) expect(each).toMatchObject(expected);
  });

  it("names a folder and a file that may not be read", async () => {
    const closed = path.join(open.files, "closed");
    mkdirSync(closed);
    chmodSync(closed, 0);
    expect(await check(config(open, { path: "closed" }))).toMatchObject({
      code: "list_denied",
      field: "path",
    });
    chmodSync(closed, 0o755);
    writeFileSync(path.join(closed, "secret.csv"), "a\n", { mode: 0 });
    expect(await check(config(open, { path: "closed" }))).toMatchObject({
      stage: "first_row",
      code: "read_denied",
    });
    rmSync(closed, { recursive: true });
  });

  it("names a closed port", async () => {
    expect(await check(config(open, { port: await freePort() }))).toMatchObject({
      stage: "connect",
      code: "closed_port",
      field: "port",
    });
  });

  it("moves, writes and removes files, and writes over none", async () => {
    await kit.expectToWrite(
      { ...shelfIn(plain.files), put: (name, content) => putAs(plain.files, name, content) },
      config(plain),
    );
  });

  it("goes on where the connection was cut", async () => {
    const configAt = (port: number) => config(plain, { port });
    await kit.expectToGoOn(shelfIn(plain.files), { to: plain.port, configAt, relay: startCuttingFtpRelay });
  });

  it("notices a file that changes while it is read", async () => {
    await kit.expectToNotice(shelfIn(plain.files), config(plain), { before: 6_000_000, after: 1_000 });
  });

  it("closes its connections when it is aborted", async () => {
    await kit.expectToEnd(shelfIn(plain.files), config(plain));
  });
});

describe("ftp on servers of all kinds", { timeout: 30_000 }, () => {
  const servers = ownServers();
  /** A server that greets, and answers each command by its first word. */
  const speaking = (greeting: string, answers: Record<string, string> = {}) =>
    servers.bytes((socket) => {
      if (greeting === "") return socket.end();
      socket.write(`${greeting}\r\n`);
      socket.on("data", (chunk) => {
        for (const line of String(chunk).split("\r\n").filter(Boolean)) {
          const word = line.split(" ")[0] ?? "";
          socket.write(`${answers[word] ?? "500 What?"}\r\n`);
        }
      });
    });
  const config = (port: number): FtpSourceConfig => ({
    host: "127.0.0.1",
    port,
    username: "reader",
    password: CANARY,
    tls: "off",
  });
  const lets = { USER: "331 Password?", PASS: "230 In", TYPE: "200 Binary", PWD: '257 "/"', SIZE: "213 5" };

  it.each<[string, string, Record<string, string>, object]>([
    ["a mail server", "220 mx.example.com ESMTP mail", {}, { stage: "connect", code: "wrong_protocol" }],
    ["an SSH server", "SSH-2.0-OpenSSH_9.2", {}, { stage: "connect", code: "wrong_protocol", field: "port" }],
    ["a server that hangs up", "", {}, { stage: "connect", code: "connection_closed" }],
    ["a server that is full", "421 Too many users", {}, { stage: "connect", code: "too_many_connections" }],
    [
      "a user with too many connections",
      "220 Hi",
      { USER: "421 Too many connections" },
      { stage: "authenticate", code: "too_many_connections" },
    ],
    [
      "a server that wants its data fetched elsewhere",
      "220 Hi",
      { ...lets, PASV: "227 Passive (10,0,0,1,4,210)" },
      { stage: "privileges", code: "forbidden_address", field: "host" },
    ],
    [
      "data connections that do not come about",
      "220 Hi",
      { ...lets, EPSV: "229 Passive (|||1|)" },
      { stage: "privileges", code: "no_answer" },
    ],
  ])("names %s", async (_fault, greeting, answers, expected) => {
    expect(await check(config(await speaking(greeting, answers)))).toMatchObject(expected);
  });

  it("lets go of a server that never answers", async () => {
    await expectToAbort(ftpConnector, config);
  });
});
