import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import { isApiError } from "./api-error.ts";
import { nextCursor } from "./object-list.ts";
import { createClient } from "./penstock-client.ts";

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

/** A server that speaks HTTP and nothing else: what it answers is the test's. */
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return createClient({ baseUrl: `http://127.0.0.1:${port}/`, key: "the-key" });
}

const event = (lsn: number) => `event: event\nid: ${lsn}\ndata: {"lsn":${lsn},"event_id":"e${lsn}"}\n\n`;

describe("following the log", () => {
  it("goes on after the last event that arrived when the connection is lost in the middle of one", async () => {
    const asked: unknown[] = [];
    const client = await serve((request, response) => {
      asked.push([request.headers["last-event-id"], request.headers.authorization]);
      response.writeHead(200, { "content-type": "text/event-stream" });
      if (asked.length > 1) return response.write(event(9));
      response.write(
        `event: ready\nid: 4\ndata: 4\n\n: ping\n\n${event(7)}event: event\nid: 8\ndata: {"ls`,
        () => response.destroy(),
      );
    });
    const states: string[] = [];
    const lsns: number[] = [];
    for await (const { lsn } of client.events.follow({}, { onState: (state) => states.push(state) })) {
      lsns.push(lsn);
      if (lsn === 9) break;
    }
    expect(lsns).toEqual([7, 9]);
    expect(asked).toEqual([
      [undefined, "Bearer the-key"],
      ["7", "Bearer the-key"],
    ]);
    expect(states).toEqual(["live", "reconnecting", "live"]);
  });

  it("ends with what the server refuses for good", async () => {
    const client = await serve((_, response) => {
      response.writeHead(401, { "content-type": "application/problem+json" });
      response.end('{"code":"unauthenticated","detail":"Send a key"}');
    });
    const following = Array.fromAsync(client.events.follow());
    await expect(following).rejects.toSatisfy(
      (error) => isApiError(error) && error.code === "unauthenticated",
    );
  });

  it("ends without an error when its reader asks it to", async () => {
    const client = await serve((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(event(1));
    });
    const leave = new AbortController();
    const lsns: number[] = [];
    for await (const { lsn } of client.events.follow({}, { signal: leave.signal })) {
      lsns.push(lsn);
      leave.abort();
    }
    expect(lsns).toEqual([1]);
  });
});

describe("streaming events", () => {
  it("sends a line for each event and yields results, not the sums", async () => {
    let sent = "";
    const client = await serve(async (request, response) => {
      sent = await text(request);
      response.writeHead(207, { "content-type": "application/x-ndjson" });
      response.end(
        '{"index":0,"status":"accepted","lsn":3}\n{"index":1,"status":400}\n{"accepted":1,"failed":1}\n',
      );
    });
    const results = await Array.fromAsync(client.events.stream([{ event_id: "a" }, { event_id: "" }]));
    expect(sent).toBe('{"event_id":"a"}\n{"event_id":""}\n');
    expect(results.map(({ index }) => index)).toEqual([0, 1]);
  });
});

describe("nextCursor", () => {
  it("reads the next page's cursor out of a Link header", () => {
    expect(nextCursor('</v1/agents?limit=2&cursor=a%2Fb>; rel="next"')).toBe("a/b");
    expect(nextCursor('</v1/agents?cursor=x>; rel="prev", </v1/agents?cursor=y>; rel="next"')).toBe("y");
    expect(nextCursor('</v1/agents?cursor=x>; rel="prev"')).toBeUndefined();
    expect(nextCursor(null)).toBeUndefined();
  });
});
