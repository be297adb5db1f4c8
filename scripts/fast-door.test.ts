import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { z } from "zod";
import { routes, watchBodies } from "#lib/http/index.ts";
import { fastDoor, refuseForeignMethods } from "./fast-door.ts";

const file = routes("/hot", {
  GET: { summary: "Look", auth: "public", handler: () => ({ ok: true }) },
});
const echo = {
  POST: async (request: Request) => Response.json({ got: (await request.text()).length }),
};
const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
});

async function serve(files: Parameters<typeof fastDoor>[0]): Promise<{ port: number; server: Server }> {
  const listen = fastDoor(files, async (_incoming, outgoing) => void outgoing.end("the framework's"));
  const server = createServer({ requestTimeout: 0 }, (incoming, outgoing) => void listen(incoming, outgoing));
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, server };
}

test("serves its own paths and methods, and leaves the rest to the framework", async () => {
  const { port } = await serve({ "/hot": file });
  const ask = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${port}${path}`, init);
  const found = await ask("/hot?x=1");
  expect(await found.json()).toEqual({ ok: true });
  expect(found.headers.get("x-request-id")).toMatch(/^[\w-]{36}$/);
  expect(found.headers.get("x-content-type-options")).toBe("nosniff");
  for (const path of ["/hot/", "/hot/x", "//hot", "/HOT", "/ho%74", "/"])
    expect(await (await ask(path)).text()).toBe("the framework's");
  expect(await (await ask("/hot", { method: "PROPFIND" })).text()).toBe("the framework's");
  const refused = await ask("/hot", { method: "DELETE" });
  expect(refused.status).toBe(405);
  expect(refused.headers.get("allow")).toBe("GET, HEAD, OPTIONS");
  expect(await refused.json()).toMatchObject({ code: "method_not_allowed", error: "method_not_allowed" });
  const head = await ask("/hot", { method: "HEAD" });
  expect([head.status, await head.text()]).toEqual([200, ""]);
  expect((await ask("/hot", { method: "OPTIONS" })).headers.get("allow")).toBe("GET, HEAD, OPTIONS");
});

test("reads the parameters of a path, and leaves what is not plain to the framework", async () => {
  const params = z.strictObject({ id: z.string() });
  const named = routes("/things/{id}/say", {
    POST: { summary: "Say", auth: "public", params, handler: ({ params }) => params },
  });
  const { port } = await serve({ "/hot": file, "/things/{id}/say": named });
  const ask = async (path: string) =>
    (await fetch(`http://127.0.0.1:${port}${path}`, { method: "POST" })).text();
  expect(await ask("/things/a-1_B/say")).toBe('{"id":"a-1_B"}');
  expect(await ask("/things/a/say?id=b")).toBe('{"id":"a"}');
  for (const path of ["/things/say", "/things//say", "/things/a/b/say", "/things/%61/say", "/things/a/say/"])
    expect(await ask(path)).toBe("the framework's");
});

test("methods of other protocols are refused before the framework sees them", async () => {
  const server = createServer((incoming, outgoing) => {
    void refuseForeignMethods(async () => void outgoing.end("the framework's"))(incoming, outgoing);
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const ask = (method: string) => fetch(`http://127.0.0.1:${port}/`, { method });
  expect(await (await ask("PUT")).text()).toBe("the framework's");
  const refused = await ask("PROPFIND");
  expect(refused.status).toBe(405);
  expect(refused.headers.get("allow")).toBe("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
  expect(await refused.json()).toMatchObject({ code: "method_not_allowed" });
});

test("does not guess at a host that parsers read differently", async () => {
  const { port } = await serve({ "/hot": file });
  const answer = (host: string) =>
    talk(port, `GET /hot HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
  expect(await answer("localhost:1")).toContain('{"ok":true}');
  expect(await answer("[::1]:80")).toContain('{"ok":true}');
  for (const host of ["a/b", "a@b", "a b", "", "999.999.999.999", "x:99999"])
    expect(await answer(host)).toContain("the framework's");
});

test("a body that stands still is given up, one that goes on is not, however slow", async () => {
  const { port, server } = await serve({ "/hot": echo });
  const stop = watchBodies(server, { idleMs: 1_000, wholeMs: 60_000, lookEveryMs: 20 });
  const head = "POST /hot HTTP/1.1\r\nhost: x\r\ncontent-length: 12\r\n\r\n";
  const since = performance.now();
  const still = await talk(port, `${head}half`);
  expect(performance.now() - since).toBeGreaterThanOrEqual(1_000);
  expect(still).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
  expect(still).toContain('"code":"body_timeout"');
  expect(still).toMatch(/connection: close/i);

  const slow = connect(port, "127.0.0.1");
  slow.write(head);
  for (const letter of "twelve bytes") {
    await pause(40);
    slow.write(letter);
  }
  const [answer] = await once(slow, "data");
  expect(String(answer)).toContain('{"got":12}');
  // The connection is kept for the next request; between two of them nothing is late.
  await pause(1_300);
  slow.write(`${head}twelve bytes`);
  expect(String((await once(slow, "data"))[0])).toContain('{"got":12}');
  slow.destroy();
  stop();
});

test("a body that is no stream has to be whole in time; a stream of lines takes as long as it takes", async () => {
  const { port, server } = await serve({ "/hot": echo });
  const stop = watchBodies(server, { idleMs: 60_000, wholeMs: 200, lookEveryMs: 20 });
  const trickle = async (type: string): Promise<string> => {
    const head = `POST /hot HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: ${type}\r\n`;
    const socket = connect(port, "127.0.0.1");
    const said = everything(socket);
    socket.write(`${head}content-length: 20\r\n\r\n`);
    for (let sent = 0; sent < 20 && !socket.closed; sent++) {
      socket.write("x", () => undefined);
      await pause(20);
    }
    return said;
  };
  expect(await trickle("application/json")).toContain("body_timeout");
  expect(await trickle("application/x-ndjson")).toContain('{"got":20}');
  stop();
});

test("a body that its handler does not ask for is not held against the client", async () => {
  let ask: (() => void) | undefined;
  const post = async (request: Request) => {
    await new Promise<void>((go) => {
      ask = go;
    });
    return echo.POST(request);
  };
  const { port, server } = await serve({ "/hot": { POST: post } });
  const stop = watchBodies(server, { idleMs: 500, wholeMs: 60_000, lookEveryMs: 10 });
  const socket = connect(port, "127.0.0.1");
  socket.write("POST /hot HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nha");
  await pause(800);
  ask?.();
  socket.write("lf");
  expect(String((await once(socket, "data"))[0])).toContain('{"got":4}');
  socket.destroy();
  stop();
});

test("a client that leaves in mid-body is told nothing and breaks nothing", async () => {
  const outcome = Promise.withResolvers<unknown>();
  const input = z.unknown();
  const file = routes("/hot", {
    POST: { summary: "Write", auth: "public", input, handler: () => outcome.resolve("handled") },
  });
  const post = async (request: Request) => {
    const answer = await file.POST(request);
    outcome.resolve(answer.status);
    return answer;
  };
  const { port } = await serve({ "/hot": { POST: post } });
  const socket = connect(port, "127.0.0.1");
  socket.write(
    'POST /hot HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{"a":1',
  );
  await pause(50);
  socket.destroy();
  expect(await outcome.promise).toBe(400);
  expect(await (await fetch(`http://127.0.0.1:${port}/other`)).text()).toBe("the framework's");
});

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

/** Sends raw text and waits for the server to close. */
function talk(port: number, text: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  const said = everything(socket);
  socket.write(text);
  return said;
}

async function everything(socket: Socket): Promise<string> {
  let said = "";
  socket.on("data", (chunk) => {
    said += String(chunk);
  });
  socket.on("error", () => undefined);
  await once(socket, "close");
  return said;
}
