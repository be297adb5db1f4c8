import tls from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAuthority } from "#tests/certificates.ts";
import { CLEAR_STAGES, fileConnectorKit, shelfIn } from "#tests/file-connector-kit.ts";
import { bytesOf, CANARY, type SampleFiles, sampleFiles, writeInto } from "#tests/files-kit.ts";
import { findNginx, startNginx, type WebServer } from "#tests/servers/nginx.ts";
import { freePort } from "#tests/services.ts";
import type { HttpPullSourceConfig } from "../specs/http-pull.ts";
import { httpPullConnector } from "./http-pull.ts";

const kit = fileConnectorKit(httpPullConnector);
const { check } = kit;

describe.skipIf(!findNginx())("http_pull on nginx", { timeout: 30_000 }, () => {
  let web: WebServer;
  let files: SampleFiles;
  let root: string;
  beforeAll(async () => {
    const authority = createAuthority("web");
    root = authority.root;
    web = await startNginx({ tls: authority.issue("DNS:localhost,IP:127.0.0.1"), password: CANARY });
    files = await sampleFiles();
    writeInto(web.files, files);
  }, 60_000);
  afterAll(() => web?.stop());
  const signIn = () => ({ username: web.username, password: web.password });

  it("reads a folder", async () => {
    await kit.expectToRead({ url: `${web.url}/open/` }, files);
  });

  it("reads a folder that asks who is there, and one that moved", async () => {
    const locked = { url: `${web.url}/locked/`, ...signIn() };
    expect(await kit.names(locked)).toContain("orders/*.csv");
    const moved = { url: `${web.url}/moved/` };
    expect(await kit.names(moved)).toContain("orders/*.csv");
    const withoutSlash = { url: `${web.url}/open/orders` };
    expect(await kit.names(withoutSlash)).toContain("*.csv");
  });

  it("reads one file", async () => {
    const config = { url: `${web.url}/open/packed.csv.gz` };
    const page = await kit.discover(config, 10);
    expect(page.streams).toMatchObject([{ name: "packed.csv.gz", files: { path: "packed.csv.gz" } }]);
    await kit.reading(config, async (store) => {
      const [found] = await store.list({ path: "packed.csv.gz" });
      const content = files["packed.csv.gz"] ?? Buffer.of();
      expect((await bytesOf(await store.open(found?.path ?? ""))).equals(content)).toBe(true);
    });
  });

  it("says what each stage found", async () => {
    const tried = await check({ url: `${web.url}/locked/`, ...signIn() });
    expect(tried.code).toBe("ok");
    expect(tried.stages).toEqual(CLEAR_STAGES);
  });

  it("checks the certificate", async () => {
    expect(await check({ url: `${web.secureUrl}/open/` })).toMatchObject({
      stage: "tls",
      code: "untrusted_certificate",
      field: "url",
    });
    const before = tls.getCACertificates("default");
    tls.setDefaultCACertificates([...before, root]);
    try {
      const trusted = await check({ url: `${web.secureUrl}/open/` });
      expect(trusted).toMatchObject({ code: "ok" });
      expect(trusted.stages).toContain("tls");
    } finally {
      tls.setDefaultCACertificates(before);
    }
  });

  it.each<[string, () => HttpPullSourceConfig, object]>([
    [
      "an unknown host",
      () => ({ url: "http://no-such-host.invalid/" }),
      { stage: "resolve", code: "unknown_host" },
    ],
    [
      "a forbidden address",
      () => ({ url: "http://169.254.169.254/" }),
      { stage: "resolve", code: "forbidden_address" },
    ],
    [
      "a wrong password",
      () => ({ url: `${web.url}/locked/`, username: "reader", password: `${CANARY}x` }),
      { stage: "authenticate", code: "wrong_credentials", field: "password" },
    ],
    [
      "no password",
      () => ({ url: `${web.url}/locked/` }),
      { stage: "authenticate", code: "wrong_credentials", field: "username" },
    ],
    [
      "a wrong token",
      () => ({ url: `${web.url}/locked/`, bearer_token: CANARY }),
      { stage: "authenticate", code: "wrong_credentials", field: "bearer_token" },
    ],
    [
      "a refusal",
      () => ({ url: `${web.url}/closed/` }),
      { stage: "database", code: "read_denied", field: "url" },
    ],
    [
      "a wrong path",
      () => ({ url: `${web.url}/nowhere/` }),
      { stage: "database", code: "unknown_folder", field: "url" },
    ],
    [
      "a server in trouble",
      () => ({ url: `${web.url}/broken/` }),
      { stage: "database", code: "server_failure" },
    ],
    ["a file behind a slash", () => ({ url: `${web.url}/open/lines.jsonl/` }), { code: "unknown_folder" }],
    [
      "a redirect to a forbidden address",
      () => ({ url: `${web.url}/elsewhere/` }),
      { stage: "database", code: "forbidden_address" },
    ],
    [
      "redirects in a circle",
      () => ({ url: `${web.url}/round/` }),
      { stage: "database", code: "too_many_redirects" },
    ],
    [
      "TLS on a port without",
      () => ({ url: `https://127.0.0.1:${web.port}/` }),
      { stage: "tls", code: "tls_refused" },
    ],
  ])("names %s", async (_fault, config, expected) => {
    expect(await check(config())).toMatchObject(expected);
  });

  it("names a closed port", async () => {
    const url = `http://127.0.0.1:${await freePort()}/`;
    expect(await check({ url })).toMatchObject({ stage: "connect", code: "closed_port", field: "url" });
  });

  it("goes on where the connection was cut", async () => {
    const configAt = (port: number) => ({ url: `http://127.0.0.1:${port}/open/large.csv` });
    await kit.expectToGoOn(shelfIn(web.files), { to: web.port, configAt });
  });

  it("notices a file that is replaced while it is read", async () => {
    const sizes = { before: 4_000_000, after: 4_000_004 };
    await kit.expectToNotice(shelfIn(web.files), { url: `${web.url}/open/` }, sizes);
  });

  it("ends at once when it is aborted", async () => {
    await kit.expectToEnd(shelfIn(web.files), { url: `${web.url}/open/` });
  });
});
