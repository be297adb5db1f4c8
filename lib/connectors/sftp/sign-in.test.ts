import { afterAll, describe, expect, it } from "vitest";
import { fileConnectorKit } from "#tests/file-connector-kit.ts";
import { CANARY, expectToAbort } from "#tests/files-kit.ts";
import { ownServers } from "#tests/servers/own-servers.ts";
import { type SshWire, startSshWire } from "#tests/servers/ssh-wire.ts";
import { sftpConnector } from "./sftp.ts";

const kit = fileConnectorKit(sftpConnector);
const { check } = kit;

describe("sftp on a small server of ours", { timeout: 30_000 }, () => {
  const wires: SshWire[] = [];
  const servers = ownServers();
  afterAll(() => Promise.all(wires.map((wire) => wire.stop())));
  const start = async (options: Parameters<typeof startSshWire>[0]) => {
    const wire = await startSshWire(options);
    wires.push(wire);
    return wire.port;
  };
  const config = (port: number, password = CANARY) => ({
    host: "127.0.0.1",
    port,
    username: "reader",
    password,
  });
  const speaking = (greeting: string, ends: boolean) =>
    servers.bytes((socket) => {
      if (ends) socket.end(greeting);
      else socket.write(greeting);
    });

  it.each(["password", "keyboard-interactive"] as const)("signs in by %s", async (asking) => {
    const content = Buffer.from("a\n1\n2\n");
    const port = await start({ password: CANARY, asking, content });
    expect((await check(config(port))).code).toBe("ok");
    expect(await check(config(port, `${CANARY}x`))).toMatchObject({
      stage: "authenticate",
      code: "wrong_credentials",
      field: "password",
    });
    expect(await kit.read(config(port), "only.csv")).toEqual(content);
  });

  it("names a user that may not use SFTP", async () => {
    const port = await start({ password: CANARY });
    expect(await check(config(port))).toMatchObject({ stage: "authenticate", code: "no_access" });
  });

  it("names what is no SSH server, and one that hangs up", async () => {
    const ftp = await speaking("220 FTP server ready\r\n", true);
    expect(await check(config(ftp))).toMatchObject({ stage: "tls", code: "wrong_protocol", field: "port" });
    const rude = await speaking("", true);
    expect(await check(config(rude))).toMatchObject({ stage: "tls", code: "connection_closed" });
    const garbage = await speaking("SSH-9.9-\0\r\n", false);
    expect((await check(config(garbage))).code).not.toBe("ok");
  });

  it.each(["list", "read"] as const)("names what this user may not %s", async (denied) => {
    const port = await start({ password: CANARY, content: Buffer.from("a\n"), denied });
    const stage = denied === "list" ? "privileges" : "first_row";
    expect(await check(config(port))).toMatchObject({ stage, code: `${denied}_denied`, field: "path" });
  });

  it("lets go of a server that never answers", async () => {
    await expectToAbort(sftpConnector, config);
  });
});
