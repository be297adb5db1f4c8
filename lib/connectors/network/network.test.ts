import { once } from "node:events";
import net, { type AddressInfo, type Socket } from "node:net";
import tls from "node:tls";
import { afterEach, describe, expect, test } from "vitest";
import { OutboundError } from "#lib/outbound.ts";
import { createAuthority } from "#tests/certificates.ts";
import { freePort } from "#tests/services.ts";
import { codedError } from "./coded-error.ts";
import { firstBytes, serverKind } from "./first-bytes.ts";
import { networkFinding } from "./network-finding.ts";
import { openSocket } from "./open-socket.ts";
import { secureSocket, type TlsDemand, tlsOptionsOf } from "./secure-socket.ts";

const open: (net.Server | Socket)[] = [];
afterEach(() => {
  for (const each of open.splice(0)) "destroy" in each ? each.destroy() : each.close();
});

async function listen(server: net.Server): Promise<number> {
  open.push(server.listen(0, "127.0.0.1"));
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
const talking = (talk: (socket: Socket) => void) =>
  listen(
    net.createServer((socket) => {
      open.push(socket.on("error", () => undefined));
      talk(socket);
    }),
  );
const at = (port: number) => ({ host: "localhost", address: "127.0.0.1", family: 4 as const, port });
const place = { host: "db.example", port: 5432 };
const fields = { tls: "encryption", ca: "root" };

describe("sockets", () => {
  test("a closed port is told by its code", async () => {
    await expect(openSocket(at(await freePort()))).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  test("an aborted signal ends the waiting for a connection, for bytes and for encryption", async () => {
    const aborted = AbortSignal.abort(new Error("stopped"));
    await expect(openSocket(at(1), aborted)).rejects.toThrow("stopped");
    const port = await talking(() => undefined);
    for (const wait of [
      firstBytes,
      (socket: Socket, signal: AbortSignal) => secureSocket(socket, {}, signal),
    ]) {
      const stop = new AbortController();
      const socket = await openSocket(at(port), stop.signal);
      const waiting = expect(wait(socket, stop.signal)).rejects.toThrow("stopped");
      stop.abort(new Error("stopped"));
      await waiting;
      expect(socket.destroyed).toBe(true);
    }
  });

  test("first bytes are handed over, and what comes after them is not lost", async () => {
    const port = await talking((socket) => {
      socket.write("220 hello\r\n");
      socket.once("data", () => socket.end("and more"));
    });
    const socket = await openSocket(at(port));
    expect(String(await firstBytes(socket))).toBe("220 hello\r\n");
    socket.write("go on");
    expect(String(Buffer.concat(await socket.toArray()))).toBe("and more");
  });

  test("a server that closes without a word is told from one that is slow", async () => {
    const port = await talking((socket) => socket.end());
    await expect(firstBytes(await openSocket(at(port)))).rejects.toMatchObject({ code: "CLOSED" });
  });
});

describe("encryption proves what is asked for", () => {
  const authority = createAuthority("The right authority");
  const other = createAuthority("Another authority");
  const good = authority.issue("DNS:localhost,IP:127.0.0.1");

  const attempt = async (demand: TlsDemand, pair = good) => {
    const port = await listen(
      tls.createServer(pair, (socket) => open.push(socket.on("error", () => undefined))),
    );
    try {
      const socket = await secureSocket(await openSocket(at(port)), tlsOptionsOf(demand));
      open.push(socket);
      return "encrypted";
    } catch (error) {
      const found = networkFinding("tls", error, { ...place, ...demand }, fields);
      return `${found?.code} ${found?.field}`;
    }
  };
  const root = authority.root;

  test.each<[string, TlsDemand, string]>([
    ["no proof", { mode: "encrypt", host: "other.example" }, "encrypted"],
    ["no proof by another authority", { mode: "encrypt", ca: other.root, host: "localhost" }, "encrypted"],
    ["the authority alone", { mode: "verify-ca", ca: root, host: "other.example" }, "encrypted"],
    ["everything, by name", { mode: "verify-full", ca: root, host: "localhost" }, "encrypted"],
    ["everything, by address", { mode: "verify-full", ca: root, host: "127.0.0.1" }, "encrypted"],
    ["another name", { mode: "verify-full", ca: root, host: "other.example" }, "wrong_host_certificate host"],
    [
      "another authority",
      { mode: "verify-ca", ca: other.root, host: "localhost" },
      "untrusted_certificate root",
    ],
    ["a well-known authority", { mode: "verify-ca", host: "localhost" }, "untrusted_certificate root"],
  ])("%s", async (_name, demand, expected) => {
    expect(await attempt(demand)).toBe(expected);
  });

  test("a certificate that has expired counts only where it is looked at", async () => {
    const expired = authority.issue("DNS:localhost", { expired: true });
    expect(await attempt({ mode: "verify-ca", ca: root, host: "localhost" }, expired)).toBe(
      "expired_certificate root",
    );
    expect(await attempt({ mode: "encrypt", host: "localhost" }, expired)).toBe("encrypted");
  });

  test("a port that speaks no TLS refuses it", async () => {
    const port = await talking((socket) =>
      socket.once("data", () => socket.write("220 no such thing here\r\n")),
    );
    const error = await secureSocket(
      await openSocket(at(port)),
      tlsOptionsOf({ mode: "encrypt", host: "h" }),
    ).catch((thrown) => thrown);
    expect(networkFinding("tls", error, place, fields)).toMatchObject({
      code: "tls_refused",
      field: "encryption",
    });
  });
});

test.each<[unknown, string, string, string]>([
  [
    new OutboundError("unresolved", "The host name db.example does not resolve."),
    "resolve",
    "unknown_host",
    "host",
  ],
  [new OutboundError("forbidden_address", "never"), "resolve", "forbidden_address", "host"],
  [new OutboundError("own_database", "This is Penstock's own database."), "resolve", "own_database", "host"],
  [codedError("ECONNREFUSED", ""), "connect", "closed_port", "port"],
  [codedError("ETIMEDOUT", ""), "connect", "no_answer", "host"],
  [AbortSignal.abort(new DOMException("", "TimeoutError")).reason, "connect", "no_answer", "host"],
  [AbortSignal.abort(new DOMException("", "TimeoutError")).reason, "tls", "slow_server", "port"],
  [codedError("ETIMEDOUT", ""), "authenticate", "slow_server", "port"],
  [codedError("SILENT", ""), "tls", "slow_server", "port"],
  [codedError("ENETUNREACH", ""), "connect", "unreachable_network", "host"],
  [codedError("EHOSTUNREACH", ""), "connect", "unreachable_network", "host"],
  [codedError("ECONNRESET", ""), "authenticate", "connection_closed", "port"],
  [codedError("EPIPE", ""), "authenticate", "connection_closed", "port"],
  [codedError("CERT_NOT_YET_VALID", ""), "tls", "expired_certificate", "root"],
  [codedError("ERR_SSL_UNSUPPORTED_PROTOCOL", ""), "tls", "tls_refused", "encryption"],
])("%s at %s is %s", (error, stage, code, field) => {
  const found = networkFinding(stage as "tls", error, place, fields);
  expect(found).toMatchObject({ code, field });
  expect(found?.message).toMatch(/^[A-Z].*\.$|^db\.example .*\.$|never/);
  expect(found?.fix).toMatch(/^[A-Z].*\.$/);
});

test("what is no matter of the network is left to the connector", () => {
  expect(networkFinding("authenticate", codedError("28P01", ""), place)).toBeUndefined();
  expect(networkFinding("tls", undefined, place)).toBeUndefined();
});

test.each([
  ["SSH-2.0-OpenSSH\r\n", "an SSH server"],
  ["HTTP/1.1 400 Bad Request", "a web server"],
  ["220 (vsFTPd)\r\n", "an FTP server"],
  ["220 mx ESMTP\r\n", "a mail server"],
  ["J\0\0\0\x0a8.0.36\0", "a MySQL or MariaDB server"],
  ["N", "a PostgreSQL server"],
  ["\x15\x03\x01\0\x02", "a server that speaks TLS at once"],
  ["whatever", undefined],
])("%j is the beginning of %s", (words, kind) => {
  expect(serverKind(Buffer.from(words, "latin1"))).toBe(kind);
});
