import { once } from "node:events";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { settlePort } from "#lib/env.ts";
import { createAuthority } from "#tests/certificates.ts";
import { oidcAgent } from "./oidc-agent.ts";

const authority = createAuthority("Sign-on authority");
const server = https.createServer(authority.issue("DNS:localhost"), (request, response) => {
  response.end(`${request.headers.host} ${(request.socket as { servername?: unknown }).servername}`);
});
let port = 0;

beforeAll(async () => {
  server.listen(0, "localhost");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
});
afterEach(() => {
  vi.unstubAllEnvs();
  settlePort(3000);
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

async function get(address: string, issuer = address): Promise<string> {
  const request = https.get(address, { agent: oidcAgent(issuer), ca: authority.root });
  const [response] = await once(request, "response");
  let text = "";
  for await (const part of response) text += part;
  return text;
}

test("TLS asks for the name and checks it, though the address is connected to", async () => {
  expect(await get(`https://localhost:${port}/`)).toBe(`localhost:${port} localhost`);
  const { address } = server.address() as AddressInfo;
  const bare = `https://${address.includes(":") ? `[${address}]` : address}:${port}/`;
  await expect(get(bare)).rejects.toMatchObject({ code: "ERR_TLS_CERT_ALTNAME_INVALID" });
});

test("an address that may not be reached is refused before a byte is sent, name or number", async () => {
  vi.stubEnv("DATABASE_URL", "postgres://nobody@192.0.2.1/none");
  vi.stubEnv("PENSTOCK_SECRET_KEY", "a-secret-key-for-the-tests-of-sign-on");
  settlePort(3000);
  const connected = vi.fn();
  server.once("connection", connected);
  for (const host of ["localhost", "127.0.0.1"])
    await expect(get(`https://${host}:${port}/`)).rejects.toMatchObject({ code: "forbidden_address" });
  await expect(get("https://no-such-host.invalid/")).rejects.toMatchObject({ code: "unresolved" });
  expect(connected).not.toHaveBeenCalled();
  server.removeListener("connection", connected);
});

test("an encrypted issuer has no plain endpoints, and a closed port is an ordinary error", async () => {
  const agent = oidcAgent("https://issuer.example");
  const http = await import("node:http");
  expect(() => http.get("http://localhost/", { agent })).toThrow(/Protocol "http:" not supported/);
  await expect(get("https://localhost:1/")).rejects.toMatchObject({ code: "ECONNREFUSED" });
});
