import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "@playwright/test";
import { declareIngestContract, httpDoor, type Runner } from "#tests/ingest-contract.ts";
import { type RawAnswer, sendRaw } from "#tests/raw-http.ts";
import { putKey, type Served, serve } from "#tests/serve.ts";
import { findPostgres, type PostgresServer, startPostgres } from "#tests/services.ts";
import { type Asked, CASES, EXAMPLE } from "./ingest-cases.ts";

const ENGINES = ["embedded", "postgres"] as const;
/** Headers that are the connection's, and the one that the framework adds to whatever passes it. */
const NOT_OURS = ["date", "connection", "keep-alive", "transfer-encoding", "content-length", "vary"];

type Door = Served & { key: string };

for (const engine of ENGINES) {
  test.describe(`event ingest through both doors (${engine})`, () => {
    let postgres: PostgresServer | undefined;
    let doors: Door[] = [];
    const folders: string[] = [];

    test.skip(engine === "postgres" && !findPostgres(), "PostgreSQL is not installed");

    test.beforeAll(async () => {
      test.setTimeout(120_000);
      if (engine === "postgres") postgres = await startPostgres();
      for (const fast of ["1", "0"]) {
        const folder = mkdtempSync(path.join(tmpdir(), "penstock-door-"));
        folders.push(folder);
        const url = postgres?.databaseUrl(`door_${fast}`);
        if (postgres) await postgres.createDatabase(`door_${fast}`);
        const served = await serve({
          PENSTOCK_DATA_DIR: folder,
          PENSTOCK_FAST_DOOR: fast,
          PENSTOCK_LOG_LEVEL: "warn",
          ...(url
            ? { DATABASE_URL: url, PENSTOCK_SECRET_KEY: "only for tests, and long enough for one" }
            : {}),
        });
        const key = url ? await putKey(url) : readFileSync(path.join(folder, "dev-key"), "utf8").trim();
        doors.push({ ...served, key });
      }
    });

    test.afterAll(async () => {
      for (const door of doors) await door.stop();
      doors = [];
      await postgres?.stop();
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    });

    test("answers what the contract says, and the same from each", async () => {
      test.setTimeout(120_000);
      for (const asked of CASES) {
        const [fast, framework] = await Promise.all(doors.map((door) => ask(door, asked)));
        if (!fast || !framework) throw new Error("There are two doors");
        const name = asked.title;
        expect.soft(fast.status, name).toBe(asked.status);
        if (asked.code)
          expect.soft(JSON.parse(fast.body), name).toMatchObject({ code: asked.code, error: asked.code });
        if (asked.answer) expect.soft(JSON.parse(fast.body), name).toEqual(asked.answer);
        expect.soft(comparable(framework), name).toEqual(comparable(fast));
      }
      for (const door of doors) expect(door.log()).not.toMatch(/"level":"(error|fatal)"/);
    });

    test.describe("the contract, through the framework", () => {
      // The two expects agree in everything that the contract asks of them.
      const runner = { test, expect } as unknown as Runner;
      declareIngestContract(runner, async () => {
        const [, framework] = doors;
        if (!framework) throw new Error("There are two doors");
        const { key, port } = framework;
        return httpDoor({
          baseUrl: `http://127.0.0.1:${port}`,
          tenant: "t_demo",
          key,
          boundKey: { key: await boundKey(framework), agentId: "agent_b" },
        });
      });
    });

    test("a client that leaves in the middle of a stream leaves whole events, and may send all of them again", async () => {
      for (const door of doors) {
        const lines = Array.from({ length: 3_000 }, (_, at) => eventLine(`left_${at}`));
        await leaveAfter(door, lines.slice(0, 2_500).join(""));
        const body = lines.join("");
        const head = "POST /v1/ingest/events?results=failed HTTP/1.1\ncontent-type: application/x-ndjson";
        const { status, body: said } = await ask(door, { title: "again", head, body, status: 207 });
        expect(status).toBe(207);
        expect(JSON.parse(said)).toEqual({ results: [], accepted: 3_000, failed: 0 });
        const again = await ask(door, { title: "once more", head, body, status: 207 });
        expect(JSON.parse(again.body)).toEqual({ results: [], accepted: 3_000, failed: 0 });
        expect(door.log()).not.toMatch(/"level":"(error|fatal)"/);
      }
    });
  });
}

const bound = new Map<number, Promise<string>>();

/** A key of an agent, made once for each door. */
function boundKey({ key, port }: Door): Promise<string> {
  const made = bound.get(port) ?? makeBoundKey(port, key);
  bound.set(port, made);
  return made;
}

async function makeBoundKey(port: number, key: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/settings/keys`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ name: "One agent", roles: ["ROLE_AGENT"], agentId: "agent_b" }),
  });
  const { secret } = (await response.json()) as { secret: string };
  return secret;
}

function eventLine(id: string): string {
  return `${JSON.stringify({ ...EXAMPLE, event_id: id })}\n`;
}

/** Sends the beginning of a stream whose end never comes, waits for its first answer, and goes. */
function leaveAfter({ port, key }: Door, text: string): Promise<void> {
  return new Promise((gone) => {
    const outgoing = request({
      port,
      host: "127.0.0.1",
      method: "POST",
      path: "/v1/ingest/events",
      headers: {
        authorization: `Bearer ${key}`,
        "content-type": "application/x-ndjson",
        accept: "application/x-ndjson",
      },
    });
    outgoing.on("error", () => undefined);
    outgoing.on("close", () => gone());
    outgoing.on("response", (answer) => {
      answer.on("error", () => undefined);
      answer.once("data", () => outgoing.destroy());
    });
    outgoing.write(text);
  });
}

function ask({ port, key }: Door, { head, body, anonymous }: Asked): Promise<RawAnswer> {
  const credential = anonymous ? "" : `\nauthorization: Bearer ${key}`;
  const length =
    body === undefined || /content-length|transfer-encoding/i.test(head)
      ? ""
      : `\ncontent-length: ${Buffer.byteLength(body)}`;
  return sendRaw(port, `${head}\nhost: localhost:${port}${credential}${length}`, body);
}

/** What has to be equal: all but the request's id, the clock and the connection. */
function comparable({ status, headers, body }: RawAnswer) {
  const own = Object.entries(headers).filter(([name]) => !NOT_OURS.includes(name) && name !== "x-request-id");
  const text = headers["x-request-id"] ? body.replaceAll(headers["x-request-id"], "<request id>") : body;
  return { status, headers: Object.fromEntries(own), body: text };
}
