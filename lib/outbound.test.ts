import { createServer, get, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { OutboundError, outboundAgents, outboundFetch, reach, refuseLiteral } from "./outbound.ts";

const refused = async (promise: Promise<unknown>) => {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(OutboundError);
  return (error as OutboundError).code;
};

describe("reach, embedded", () => {
  it.each([
    "169.254.169.254",
    "169.254.1.1",
    "0.0.0.0",
    "224.0.0.1",
    "[fe80::1]",
    "::ffff:169.254.169.254",
    "fd00:ec2::254",
  ])("never connects to %s", async (host) => {
    expect(await refused(reach({ host, port: 80 }))).toBe("forbidden_address");
  });

  it.each(["127.0.0.1", "10.1.2.3", "::1"])("may reach the private address %s", async (host) => {
    expect(await reach({ host, port: 5432 })).toMatchObject({ address: host, port: 5432 });
  });

  it("says so of an address before anything is sent, and of no name", async () => {
    expect(await refused(refuseLiteral({ host: "169.254.169.254", port: 80 }))).toBe("forbidden_address");
    expect(await refused(refuseLiteral({ host: "[fe80::1]", port: 80 }))).toBe("forbidden_address");
    for (const host of ["10.1.2.3", "[::1]", "no-such-host.invalid"]) await refuseLiteral({ host, port: 80 });
  });

  it("says that a name does not resolve", async () => {
    expect(await refused(reach({ host: "no-such-host.invalid", port: 1 }))).toBe("unresolved");
  });
});

describe("reach, on a server", () => {
  beforeEach(() => {
    vi.resetModules();
    vi.stubEnv("DATABASE_URL", "postgres://app@127.0.0.1:5555/penstock");
    vi.stubEnv("PENSTOCK_SECRET_KEY", "k".repeat(32));
  });
  afterEach(() => vi.unstubAllEnvs());

  const fresh = async () => (await import("./outbound.ts")).reach;

  it.each(["127.0.0.1", "10.1.2.3", "192.168.0.1", "::1", "100.64.0.1"])(
    "refuses the private address %s",
    async (host) => {
      const error = await (await fresh())({ host, port: 443 }).catch((thrown) => thrown);
      expect(error).toMatchObject({ code: "forbidden_address" });
    },
  );

  it("allows what the operator lists, by name, address or range", async () => {
    vi.stubEnv("PENSTOCK_OUTBOUND_ALLOW", "10.0.0.0/8, localhost, 192.168.7.7");
    const reachListed = await fresh();
    await expect(reachListed({ host: "10.200.1.1", port: 1 })).resolves.toMatchObject({
      address: "10.200.1.1",
    });
    await expect(reachListed({ host: "192.168.7.7", port: 1 })).resolves.toBeTruthy();
    await expect(reachListed({ host: "localhost", port: 1 })).resolves.toBeTruthy();
    await expect(reachListed({ host: "192.168.7.8", port: 1 })).rejects.toMatchObject({
      code: "forbidden_address",
    });
  });

  it("says of an address what it will say when something is sent there", async () => {
    vi.stubEnv("PENSTOCK_OUTBOUND_ALLOW", "10.0.0.0/8, 127.0.0.1");
    const { refuseLiteral: refuse } = await import("./outbound.ts");
    await refuse({ host: "10.200.1.1", port: 443 });
    for (const [host, port, code] of [
      ["192.168.7.8", 443, "forbidden_address"],
      ["169.254.169.254", 80, "forbidden_address"],
      ["127.0.0.1", 5555, "own_database"],
    ] as const)
      await expect(refuse({ host, port })).rejects.toMatchObject({ code });
  });

  it("refuses our own database even when its host is listed", async () => {
    vi.stubEnv("PENSTOCK_OUTBOUND_ALLOW", "127.0.0.1");
    const reachListed = await fresh();
    const own = { host: "127.0.0.1", port: 5555 };
    await expect(reachListed(own)).rejects.toMatchObject({ code: "own_database" });
    await expect(reachListed({ ...own, database: "penstock" })).rejects.toMatchObject({
      code: "own_database",
    });
    await expect(reachListed({ ...own, database: "sales" })).resolves.toMatchObject({ port: 5555 });
  });
});

describe("outboundFetch", () => {
  let server: Server;
  let base: string;
  const seen: { url?: string; authorization?: string }[] = [];

  beforeEach(async () => {
    seen.length = 0;
    server = createServer((request, response) => {
      seen.push({ url: request.url, authorization: request.headers.authorization });
      if (request.url === "/to-metadata")
        response.writeHead(302, { location: "http://169.254.169.254/latest" }).end();
      else if (request.url === "/loop") response.writeHead(302, { location: "/loop" }).end();
      else if (request.url === "/away")
        response.writeHead(302, { location: base.replace("127.0.0.1", "localhost") }).end();
      else response.end("hello");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  it("answers like fetch", async () => {
    const response = await outboundFetch(base, { headers: { authorization: "Bearer x" } });
    expect([response.status, await response.text(), seen[0]?.authorization]).toEqual([
      200,
      "hello",
      "Bearer x",
    ]);
  });

  it("checks every redirect again", async () => {
    expect(await refused(outboundFetch(`${base}to-metadata`))).toBe("forbidden_address");
  });

  it("gives up on a redirect loop", async () => {
    expect(await refused(outboundFetch(`${base}loop`))).toBe("too_many_redirects");
    expect(seen).toHaveLength(6);
  });

  it("does not carry credentials to another origin", async () => {
    await outboundFetch(`${base}away`, { headers: { authorization: "Bearer x" } });
    expect(seen.map((hit) => hit.authorization)).toEqual(["Bearer x", undefined]);
  });

  it("refuses schemes other than http", async () => {
    expect(await refused(outboundFetch("file:///etc/passwd"))).toBe("forbidden_scheme");
  });
});

describe("outboundAgents", () => {
  it("reach what may be reached, and nothing else", async () => {
    const server = createServer((_request, response) => response.end("hello"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const agents = outboundAgents();
    const answer = (url: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        get(url, { agent: agents.http }, (response) => {
          response.resume().once("end", () => resolve(response.statusCode));
        }).once("error", reject);
      });
    expect(await answer(`http://localhost:${port}/`)).toBe(200);
    expect(await answer(`http://127.0.0.1:${port}/`)).toBe(200);
    expect(await refused(answer("http://169.254.169.254/latest"))).toBe("forbidden_address");
    for (const agent of Object.values(agents)) agent.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
});
