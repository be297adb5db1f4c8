import { request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { Agent } from "undici";
import { type Engine, openRestarted, type RestartedServer, type Rows } from "./restarted-server.ts";
import type { Served } from "./serve.ts";

/** Requests with one event that are under way at any moment, and events in the stream beside them. */
const WRITERS = 24;
const STREAM_EVENTS = 20_000;
/** The server is killed once this many events were acknowledged since it started, at a random moment within this time. */
const ACKNOWLEDGED_MIN = 50;
const LATEST_MS = 1_000;

/** What became of the load. */
export type Killed = {
  kills: number;
  /** Events that were acknowledged before a kill. */
  acknowledged: number;
  /** Events of which no answer came, sent again after the restart, and how many of those the log had. */
  sentAgain: number;
  thereAlready: number;
  /** What is not as it should be, in words; empty if all is well. */
  faults: string[];
};

type Acks = Map<string, number>;

/**
 * Kills a real server with SIGKILL at random moments while events come in one by one and as a stream, starts it again
 * each time, and looks at every row afterwards.
 */
export async function killUnderLoad(engine: Engine, kills: number): Promise<Killed> {
  const server = await openRestarted(engine, { PENSTOCK_LOG_LEVEL: "warn" });
  try {
    return await inTurn(kills, server);
  } finally {
    await server.remove();
  }
}

async function inTurn(kills: number, server: RestartedServer): Promise<Killed> {
  let served = await server.start();
  const key = await server.makeKey();
  const acks: Acks = new Map();
  const faults: string[] = [];
  const lost = new Set<string>();
  let thereAlready = 0;
  for (let kill = 1; kill <= kills; kill++) {
    const load = startLoad(served, key, kill, acks);
    const enough = acks.size + ACKNOWLEDGED_MIN;
    while (acks.size < enough) await delay(5);
    await delay(Math.random() * LATEST_MS);
    await served.stop("SIGKILL");
    const unanswered = await load;
    served = await server.start();
    for (const id of unanswered) {
      lost.add(id);
      const { lsn, replayed } = await sendOne(served, key, id);
      acks.set(id, lsn);
      if (replayed) thereAlready += 1;
    }
  }
  await served.stop();
  faults.push(...(await server.look((rows) => lookAt(rows, acks))));
  return { kills, acknowledged: acks.size - lost.size, sentAgain: lost.size, thereAlready, faults };
}

/** @returns once the server is gone: single events that were sent and never answered. */
async function startLoad(served: Served, key: string, kill: number, acks: Acks): Promise<string[]> {
  const unanswered: string[] = [];
  let next = 0;
  const writer = async () => {
    for (;;) {
      const id = `one_${kill}_${next++}`;
      try {
        acks.set(id, (await sendOne(served, key, id)).lsn);
      } catch {
        unanswered.push(id);
        return;
      }
    }
  };
  await Promise.all([stream(served, key, kill, acks), ...Array.from({ length: WRITERS }, writer)]);
  return unanswered;
}

const agent = new Agent({ connections: WRITERS });

async function sendOne(
  { port }: Served,
  key: string,
  id: string,
): Promise<{ lsn: number; replayed: boolean }> {
  const { statusCode, headers, body } = await agent.request({
    origin: `http://127.0.0.1:${port}`,
    path: "/v1/ingest/events",
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: eventText(id),
  });
  const text = await body.text();
  if (statusCode !== 200) throw new Error(text);
  const { lsn } = JSON.parse(text) as { lsn: number };
  return { lsn, replayed: headers["idempotent-replay"] === "true" };
}

/** One stream of lines, whose acknowledgments come line by line as they are committed. */
function stream({ port }: Served, key: string, kill: number, acks: Acks): Promise<void> {
  return new Promise((done) => {
    const outgoing = request({
      host: "127.0.0.1",
      port,
      method: "POST",
      path: "/v1/ingest/events",
      headers: {
        authorization: `Bearer ${key}`,
        "content-type": "application/x-ndjson",
        accept: "application/x-ndjson",
      },
    });
    outgoing.on("error", () => done());
    outgoing.on("response", (answer) => {
      let rest = "";
      answer.setEncoding("utf8");
      answer.on("data", (text: string) => {
        const lines = (rest + text).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) {
          const ack = JSON.parse(line) as { status?: unknown; event_id?: string; lsn?: number };
          if (ack.status === "accepted") acks.set(ack.event_id ?? "", ack.lsn ?? 0);
        }
      });
      answer.on("error", () => done());
      answer.on("close", () => done());
    });
    const send = (from: number) => {
      if (outgoing.destroyed) return;
      let lines = "";
      for (let at = from; at < from + 100; at++) lines += `${eventText(`line_${kill}_${at}`)}\n`;
      if (from >= STREAM_EVENTS) outgoing.end();
      else if (outgoing.write(lines)) setImmediate(send, from + 100);
      else outgoing.once("drain", () => send(from + 100));
    };
    send(0);
  });
}

function eventText(id: string): string {
  return JSON.stringify({
    event_id: id,
    workspace_id: "w_demo",
    agent_id: `agent_${id.length % 5}`,
    session_id: `session_${id.at(-1)}`,
    event_type: "user_message",
    event_time: "2026-03-16T08:00:00Z",
    payload: { text: `The words of ${id} are its own`, artifact_uri: `s3://bucket/${id}` },
  });
}

/** Rows that each event leaves, by table. An agent and a session are there once, however many events name them. */
const EACH: Record<string, number> = {
  Memory: 1,
  Projection: 1,
  Edge: 2,
  State: 1,
  Artifact: 1,
  ObjectVersion: 3,
};

async function lookAt(rows: Rows, acks: Acks): Promise<string[]> {
  const faults: string[] = [];
  const events = await rows(`select "lsn"::text, "eventId" from "Event"`);
  const found = new Map(events.map(({ eventId, lsn }) => [String(eventId), Number(lsn)]));
  if (found.size !== events.length) faults.push("An event is there twice");
  for (const [id, lsn] of acks)
    if (found.get(id) !== lsn) faults.push(`${id} was acknowledged as ${lsn} and is ${found.get(id)}`);
  for (const [table, count] of Object.entries(EACH)) {
    const [wrong] = await rows(`select count(*)::text as n from "Event" e
      full join (select "lsn", count(*) as n from "${table}" group by 1) d using ("lsn")
      where d.n is distinct from ${count} or e."eventId" is null`);
    if (wrong?.n !== "0") faults.push(`${wrong?.n} events have not exactly ${count} rows in ${table}`);
  }
  const [sums] = await rows(`select (select "lsn" from "LogHead")::text as head, count(*)::text as events,
    max("lsn")::text as last, (select sum("events") from "EventVolume")::text as volume,
    (select count(*) from "NamedObject" n where not exists (select from "Event" e where e."lsn" = n."lsn"))::text
      as homeless from "Event"`);
  if (sums?.head !== sums?.last)
    faults.push(`The head of the log is ${sums?.head}, its last event ${sums?.last}`);
  if (sums?.volume !== sums?.events)
    faults.push(`The volume counts ${sums?.volume} of ${sums?.events} events`);
  if (sums?.homeless !== "0") faults.push(`${sums?.homeless} agents or sessions come from no event`);
  return faults.slice(0, 20);
}
