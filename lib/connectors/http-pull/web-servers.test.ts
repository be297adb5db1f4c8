import { describe, expect, it } from "vitest";
import { fileConnectorKit } from "#tests/file-connector-kit.ts";
import { bytesOf, CANARY, expectToAbort } from "#tests/files-kit.ts";
import { ownServers } from "#tests/servers/own-servers.ts";
import { httpPullConnector } from "./http-pull.ts";

const kit = fileConnectorKit(httpPullConnector);
const { check } = kit;

describe("http_pull on servers of all kinds", { timeout: 30_000 }, () => {
  const { web: serve } = ownServers();
  const readAll = async (url: string, range?: { start?: number; end?: number }) => {
    const [name = ""] = await kit.names({ url });
    return { name, text: String(await kit.read({ url }, name, range)) };
  };

  it("reads where neither HEAD nor ranges nor a length are known", async () => {
    const url = await serve((request, response) => {
      if (request.method === "HEAD") return response.writeHead(405).end();
      response.writeHead(200, { "content-type": "text/csv" });
      response.write("a\n1\n");
      response.end("2\n");
    });
    expect(await readAll(`${url}/export`)).toEqual({ name: "export.csv", text: "a\n1\n2\n" });
    expect(await readAll(`${url}/export`, { start: 2, end: 4 })).toMatchObject({ text: "1\n" });
  });

  it("reads data from an address that looks like a folder's", async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { "content-type": "application/json; charset=utf-8" }).end('[{"a":1}]');
    });
    expect(await readAll(`${url}/api/orders/`)).toEqual({ name: "orders.json", text: '[{"a":1}]' });
    expect(await readAll(`${url}/`)).toMatchObject({ name: "data.json" });
  });

  it("takes the part that was asked for where ranges are passed over", async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, {
        "content-length": "6",
        etag: '"1"',
        "content-disposition": 'attachment; filename="b.csv"',
      });
      response.end("a\n1\n2\n");
    });
    expect(await readAll(`${url}/x`, { start: 2, end: 4 })).toEqual({ name: "b.csv", text: "1\n" });
  });

  it("does not take a short answer for the whole file", async () => {
    const url = await serve((request, response) => {
      response.writeHead(200, { "content-length": "1000", etag: '"1"' });
      if (request.method === "HEAD") return response.end();
      response.write("a\n1\n");
      setImmediate(() => response.destroy());
    });
    await expect(readAll(`${url}/a.csv`)).rejects.toMatchObject({
      code: "connection_closed",
      retryable: true,
    });
  });

  it("asks only for what is missing after a drop, and only of the same version", async () => {
    const asked: unknown[] = [];
    const url = await serve((request, response) => {
      const head = { "content-length": "8", etag: '"1"', "accept-ranges": "bytes" };
      if (request.method === "HEAD") return response.writeHead(200, head).end();
      const { range, "if-range": version } = request.headers;
      asked.push([range, version]);
      if (range === "bytes=4-7")
        return response
          .writeHead(206, { ...head, "content-length": "4", "content-range": "bytes 4-7/8" })
          .end("bbbb");
      response.writeHead(200, head);
      response.write("aaaa");
      setTimeout(() => response.destroy(), 50);
    });
    expect((await readAll(`${url}/a.csv`)).text).toBe("aaaabbbb");
    expect(asked.slice(-2)).toEqual([
      [undefined, undefined],
      ["bytes=4-7", '"1"'],
    ]);
  });

  it("does not put two versions of a file together", async () => {
    let asked = 0;
    const url = await serve((request, response) => {
      if (request.method === "HEAD")
        return response
          .writeHead(200, { "content-length": "8", etag: '"1"', "accept-ranges": "bytes" })
          .end();
      if (asked++ === 0) {
        response.writeHead(200, { "content-length": "8", etag: '"1"' });
        response.write("aaaa");
        return setTimeout(() => response.destroy(), 20);
      }
      response.writeHead(200, { "content-length": "8", etag: '"2"' }).end("bbbbbbbb");
    });
    await expect(kit.read({ url: `${url}/a.csv` }, "a.csv")).rejects.toMatchObject({ code: "file_changed" });
  });

  it("names a web page, a body that is packed on the way, and what is no web server", async () => {
    const page = await serve((_request, response) => {
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end("<html>Sign in");
    });
    expect(await check({ url: `${page}/data.csv` })).toMatchObject({
      stage: "database",
      code: "not_a_file",
      field: "url",
    });
    const packed = await serve((_request, response) => {
      response.writeHead(200, { "content-encoding": "gzip", "content-length": "20" }).end();
    });
    expect(await check({ url: `${packed}/data.csv` })).toMatchObject({ code: "encoded_answer" });
    const noFolder = await serve((_request, response) => {
      response.writeHead(200, { "content-type": "text/plain", "content-length": "2" }).end("ok");
    });
    expect(await check({ url: `${noFolder}/x/` })).toMatchObject({
      stage: "privileges",
      code: "not_a_folder",
    });
  });

  it("keeps the sign-in to the site that was configured", async () => {
    const seen: (string | undefined)[] = [];
    const other = await serve((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(200, { "content-type": "text/html" });
      response.end(request.url?.endsWith("/") ? '<a href="a.csv">a</a>' : "a\n1\n");
    });
    const first = await serve((_request, response) => {
      response.writeHead(302, { location: `${other}/files/` }).end();
    });
    await kit.names({ url: `${first}/`, bearer_token: CANARY });
    expect(seen.length).toBeGreaterThan(1);
    expect(seen.every((authorization) => authorization === undefined)).toBe(true);
  });

  it("lists what may be looked at, and leaves out the rest", async () => {
    const url = await serve((request, response) => {
      const path = request.url ?? "";
      if (path.includes("closed")) return response.writeHead(403).end();
      if (path.includes("gone")) return response.writeHead(404).end();
      if (!path.endsWith("/")) return response.writeHead(200, { "content-length": "4" }).end();
      response.writeHead(200, { "content-type": "text/html" });
      response.end(
        '<a href="a.csv"></a><a href="closed.csv"></a><a href="gone.csv"></a><a href="closed/"></a>',
      );
    });
    expect(await kit.names({ url: `${url}/` })).toEqual(["a.csv"]);
  });

  it("asks the configured address each time: where it leads may not last", async () => {
    let signature = 0;
    const url = await serve((request, response) => {
      const path = request.url ?? "";
      if (path === "/latest.csv")
        return response.writeHead(302, { location: `/signed/${++signature}.csv` }).end();
      if (path !== `/signed/${signature}.csv`) return response.writeHead(403).end();
      response.writeHead(200, { "content-length": "4", etag: '"1"' }).end("a\n1\n");
    });
    const config = { url: `${url}/latest.csv` };
    await kit.reading(config, async (store) => {
      const [found] = await store.list({ pattern: { type: "glob", value: "*.csv" } });
      expect(found?.path).toBe("latest.csv");
      const file = await store.open("latest.csv");
      await kit.names(config);
      expect((await bytesOf(file)).toString()).toBe("a\n1\n");
    });
  });

  it("lets go of a server that never answers", async () => {
    await expectToAbort(httpPullConnector, (port) => ({ url: `http://127.0.0.1:${port}/a.csv` }));
  });
});
