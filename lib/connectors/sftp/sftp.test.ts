import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { chmodSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fileConnectorKit, shelfIn } from "#tests/file-connector-kit.ts";
import { bytesOf, CANARY, type SampleFiles, sampleFiles, writeInto } from "#tests/files-kit.ts";
import { findSshd, type SftpServer, startSshd } from "#tests/servers/sshd.ts";
import { freePort } from "#tests/services.ts";
import { STAGES } from "../shapes.ts";
import type { SftpSourceConfig } from "../specs/sftp.ts";
import { sftpConnector } from "./sftp.ts";

const kit = fileConnectorKit(sftpConnector);
const { check } = kit;

describe.skipIf(!findSshd())("sftp on OpenSSH", { timeout: 30_000 }, () => {
  let server: SftpServer;
  let files: SampleFiles;
  let base: SftpSourceConfig;
  beforeAll(async () => {
    server = await startSshd();
    files = await sampleFiles();
    writeInto(server.files, files);
    const { host, port, username, key } = server;
    base = { host, port, username, private_key: key, path: server.files };
  }, 60_000);
  afterAll(() => server?.stop());

  it("reads files below a folder", async () => {
    await kit.expectToRead(base, files);
  });

  it("takes absolute paths where no folder is set, and nothing above the folder where one is", async () => {
    const { path: _path, ...anywhere } = base;
    await kit.reading(anywhere, async (store) => {
      const pattern = { type: "glob" as const, value: "*01.csv" };
      const [found] = await store.list({ path: `${server.files}/orders`, pattern });
      const content = files["orders/2024-01-01.csv"] ?? Buffer.of();
      expect((await bytesOf(await store.open(found?.path ?? ""))).equals(content)).toBe(true);
    });
    await kit.reading({ ...base, path: `${server.files}/orders` }, async (store) => {
      await expect(store.open("../lines.jsonl")).rejects.toMatchObject({ code: "path_refused" });
      await expect(store.open("/etc/passwd")).rejects.toMatchObject({ code: "file_not_found" });
    });
  });

  it("follows links to files, and goes in no circle", async () => {
    const linked = path.join(server.files, "linked");
    mkdirSync(linked);
    symlinkSync(path.join(server.files, "lines.jsonl"), path.join(linked, "to-file.jsonl"));
    symlinkSync(linked, path.join(linked, "to-itself"));
    symlinkSync("/nowhere", path.join(linked, "to-nothing.csv"));
    const config = { ...base, path: linked };
    expect(await kit.names(config)).toEqual(["to-file.jsonl"]);
    rmSync(linked, { recursive: true });
  });

  it("says what each stage found, and shows the host key", async () => {
    const tried = await check({ ...base, host_key: server.hostKey });
    expect(tried.code).toBe("ok");
    expect(tried.stages).toEqual(STAGES);
    expect((await check(base)).said).toContain(server.hostKey);
  });

  it("takes keys of every kind, also behind a passphrase", async () => {
    const locked = { ...base, private_key: server.lockedKey, passphrase: server.passphrase };
    expect((await check(locked)).code).toBe("ok");
    const pkcs8 = execFileSync(
      "openssl",
      ["pkcs8", "-topk8", "-passin", `pass:${server.passphrase}`, "-passout", "pass:other"],
      {
        input: server.lockedKey,
        encoding: "utf8",
      },
    );
    expect((await check({ ...base, private_key: pkcs8, passphrase: "other" })).code).toBe("ok");
    expect(await check({ ...base, private_key: pkcs8, passphrase: CANARY })).toMatchObject({
      code: "wrong_passphrase",
    });
  });

  it("passes when nothing is there yet", async () => {
    const empty = path.join(server.files, "empty");
    mkdirSync(empty);
    const tried = await check({ ...base, path: empty });
    expect(tried.code).toBe("ok");
    expect(tried.said).toContain("no files yet");
    rmSync(empty, { recursive: true });
  });

  const ed25519 = generateKeyPairSync("ed25519").privateKey.export({
    type: "pkcs8",
    format: "pem",
  }) as string;
  it.each<[string, () => Partial<SftpSourceConfig>, object]>([
    [
      "an unknown host",
      () => ({ host: "no-such-host.invalid" }),
      { stage: "resolve", code: "unknown_host", field: "host" },
    ],
    [
      "a forbidden address",
      () => ({ host: "169.254.169.254" }),
      { stage: "resolve", code: "forbidden_address", field: "host" },
    ],
    [
      "another host key",
      () => ({ host_key: `SHA256:${"A".repeat(43)}` }),
      { stage: "tls", code: "wrong_host_key", field: "host_key" },
    ],
    [
      "a key that nobody knows",
      () => ({ private_key: server.strangerKey }),
      { stage: "authenticate", code: "wrong_credentials", field: "private_key" },
    ],
    [
      "an unknown user",
      () => ({ username: "nobody-of-this-name" }),
      { stage: "authenticate", code: "wrong_credentials" },
    ],
    [
      "a password where only keys are taken",
      () => ({ private_key: undefined, password: CANARY }),
      { stage: "authenticate", code: "wrong_credentials", field: "password" },
    ],
    [
      "no passphrase",
      () => ({ private_key: server.lockedKey }),
      { code: "wrong_passphrase", field: "passphrase" },
    ],
    [
      "a wrong passphrase",
      () => ({ private_key: server.lockedKey, passphrase: CANARY }),
      { code: "wrong_passphrase", field: "passphrase" },
    ],
    [
      "half a key",
      () => ({ private_key: server.key.slice(0, 120) }),
      { code: "unreadable_key", field: "private_key" },
    ],
    [
      "a key in a form that is not read",
      () => ({ private_key: ed25519 }),
      { code: "unreadable_key", field: "private_key" },
    ],
    [
      "a folder that is not there",
      () => ({ path: "/no/such/folder" }),
      { stage: "database", code: "unknown_folder", field: "path" },
    ],
    [
      "a file where a folder is asked for",
      () => ({ path: `${server.files}/lines.jsonl` }),
      { stage: "database", code: "unknown_folder", field: "path" },
    ],
  ])("names %s", async (_fault, change, expected) => {
    expect(await check({ ...base, ...change() })).toMatchObject(expected);
  });

  it.skipIf(process.getuid?.() === 0)("names a folder that may not be listed", async () => {
    const locked = path.join(server.files, "locked");
    mkdirSync(locked);
    chmodSync(locked, 0);
    expect(await check({ ...base, path: locked })).toMatchObject({
      stage: "privileges",
      code: "list_denied",
    });
    rmSync(locked, { recursive: true });
  });

  it("names a closed port", async () => {
    expect(await check({ ...base, port: await freePort() })).toMatchObject({
      stage: "connect",
      code: "closed_port",
      field: "port",
    });
  });

  it("moves, writes and removes files, and writes over none", async () => {
    await kit.expectToWrite(shelfIn(server.files), base);
  });

  it("goes on where the connection was cut", async () => {
    const configAt = (port: number) => ({ ...base, port });
    await kit.expectToGoOn(shelfIn(server.files), { to: server.port, configAt });
  });

  it("notices a file that changes while it is read", async () => {
    const sizes = { before: 4_000_000, after: 1_000 };
    await kit.expectToNotice(shelfIn(server.files), base, sizes, (file) =>
      expect(bytesOf(file)).rejects.toMatchObject({ code: "file_changed" }),
    );
  });

  it("closes the connection when it is aborted", async () => {
    await kit.expectToEnd(shelfIn(server.files), base);
  });
});
