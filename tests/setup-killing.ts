import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { lookAtTalks } from "./killed-talks.ts";
import { type Engine, openRestarted, type RestartedServer } from "./restarted-server.ts";
import type { Served } from "./serve.ts";
import { startPostgres } from "./services.ts";
import { type Gate, openGate, openShop, type Shop } from "./setup-kit.ts";

const WAIT_MS = 60_000;
const WORDS = { begin: "postgres", pick: "orders and customers", sync: "every hour", review: "create it" };

/** The states of a conversation in which the server is killed, and what the conversation is waiting for then. */
const MOMENTS = [
  { state: "select_source_type", say: 0 },
  { state: "gather_credentials", say: 1 },
  { state: "test_connection", say: 1, holdAt: /./ },
  { state: "discover_schema", say: 1, holdAt: /moneyScale/ },
  { state: "select_streams", say: 2, holdAt: /select stream from listed/ },
  { state: "configure_sync", say: 3 },
  { state: "review", say: 4 },
  { state: "execute", say: 4, lock: "Source" },
  { state: "execute", say: 4, lock: "Run" },
] as const;

type Moment = (typeof MOMENTS)[number];
type Reply = { state: string; message: string; data: Record<string, unknown> };
type Talk = { moment: Moment; id: string; gate: Gate; keys: string[] };

/** What became of the conversations. */
export type KilledTalks = { talks: number; faults: string[] };

/**
 * Brings one conversation into each state, with a message under way in it, kills the server with SIGKILL, starts it again,
 * sends every message again as a client would, and walks every conversation to its end. On PostgreSQL locks hold
 * the server at the moment that is meant; the embedded database has no other client, so there the kill comes at once.
 */
export async function killInEachState(engine: Engine): Promise<KilledTalks> {
  const server = await openRestarted(engine, {
    PENSTOCK_LOG_LEVEL: "trace",
    ...(engine === "postgres" && { PENSTOCK_OUTBOUND_ALLOW: "127.0.0.1" }),
  });
  const outside = await startPostgres();
  const shop = await openShop(outside.url);
  const killing = new Killing(server, shop);
  try {
    return await killing.run();
  } finally {
    await killing.end();
    await shop.remove();
    await outside.stop();
    await server.remove();
  }
}

class Killing {
  private served: Served | undefined;
  private key = "";
  private readonly faults: string[] = [];
  private readonly talks: Talk[] = [];
  private readonly logs: string[] = [];
  private readonly server: RestartedServer;
  private readonly shop: Shop;

  constructor(server: RestartedServer, shop: Shop) {
    this.server = server;
    this.shop = shop;
  }

  async run(): Promise<KilledTalks> {
    await this.start();
    this.key = await this.server.makeKey();
    for (const moment of MOMENTS) await this.walkTo(moment);
    const release = await this.hangAll();
    await this.kill();
    await release();
    for (const { gate } of this.talks) gate.holdAt(undefined);
    await this.start();
    await Promise.all(this.talks.map((talk) => this.finish(talk)));
    await this.kill("SIGTERM");
    const told = { talks: this.talks.length, secret: this.shop.fields.password, logs: this.logs };
    this.faults.push(...(await this.server.look((rows) => lookAtTalks(rows, told))));
    return { talks: this.talks.length, faults: this.faults };
  }

  /** Leaves nothing running, whatever happened. */
  async end() {
    await this.served?.stop("SIGKILL");
    for (const { gate } of this.talks) await gate.close();
  }

  private async start() {
    this.served = await this.server.start();
  }

  private async kill(signal: NodeJS.Signals = "SIGKILL") {
    this.logs.push(this.served?.log() ?? "");
    await this.served?.stop(signal);
  }

  private async call(
    method: string,
    at: string,
    body?: unknown,
  ): Promise<{ status: number; body: Reply & Record<string, unknown> }> {
    const response = await fetch(
      `http://127.0.0.1:${this.served?.port}/api/v1/agents/ingestion/sessions${at}`,
      {
        method,
        headers: { authorization: `Bearer ${this.key}`, "content-type": "application/json" },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      },
    );
    const text = await response.text();
    if (text.includes(this.shop.fields.password))
      this.faults.push(`a secret in the answer to ${method} ${at}`);
    return { status: response.status, body: text ? JSON.parse(text) : {} };
  }

  /** What is said at each step of a conversation, in order. */
  private messageOf({ gate, keys }: Talk, step: number) {
    const messages = [
      { message: WORDS.begin },
      { fields: { ...this.shop.fields, port: gate.port, sslmode: "disable" } },
      { message: WORDS.pick },
      { message: WORDS.sync },
      { message: WORDS.review },
    ];
    return { ...messages[step], idempotency_key: keys[step] };
  }

  private async say(talk: Talk, step: number): Promise<Reply> {
    const { status, body } = await this.call("POST", `/${talk.id}/chat`, this.messageOf(talk, step));
    if (status !== 200)
      throw new Error(`${talk.moment.state}, step ${step}: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  private async walkTo(moment: Moment) {
    const begun = await this.call("POST", "");
    const gate = await openGate(this.shop.fields.port);
    const keys = Array.from({ length: 5 }, () => randomUUID());
    const talk: Talk = { moment, id: String(begun.body.session_id), gate, keys };
    this.talks.push(talk);
    for (let step = 0; step < moment.say; step++) await this.say(talk, step);
  }

  /** Sends each conversation's next message, of which none is answered. @returns what lets go of the locks. */
  private async hangAll(): Promise<() => Promise<void>> {
    const send = (talk: Talk) => void this.say(talk, talk.moment.say).catch(() => undefined);
    const gated = this.talks.filter(({ moment }) => "holdAt" in moment);
    for (const talk of gated) {
      talk.gate.holdAt((talk.moment as { holdAt: RegExp }).holdAt);
      send(talk);
    }
    await Promise.all(gated.map(({ gate }) => until(() => gate.held() > 0)));
    for (const talk of gated) await this.expectState(talk);
    const rest = this.talks.filter((talk) => !gated.includes(talk));
    if (!this.server.url) {
      for (const talk of rest) send(talk);
      await delay(Math.random() * 60);
      return async () => undefined;
    }
    const locks = new pg.Client({ connectionString: this.server.url });
    const look = new pg.Client({ connectionString: this.server.url });
    // They outlive the server only where something went wrong, which is told elsewhere.
    for (const client of [locks, look]) client.on("error", () => undefined);
    await Promise.all([locks.connect(), look.connect()]);
    const waiting = async (count: number) =>
      until(async () => {
        const { rows } = await look.query(
          "select count(*)::int as count from pg_stat_activity where wait_event_type = 'Lock'",
        );
        return rows[0].count >= count;
      });
    await locks.query("begin");
    const hang = async (table: string, talks: Talk[], count: number) => {
      await locks.query(`lock table "${table}" in exclusive mode`);
      for (const talk of talks) send(talk);
      await waiting(count);
    };
    const of = (state: string, lock?: string) =>
      rest.filter(
        ({ moment }) => moment.state === state && ("lock" in moment ? moment.lock : undefined) === lock,
      );
    await hang("Run", of("execute", "Run"), 1);
    await hang("Source", of("execute", "Source"), 2);
    for (const talk of [...of("execute", "Run"), ...of("execute", "Source")]) await this.expectState(talk);
    await hang("SourceDraft", of("gather_credentials"), 3);
    const between = ["select_source_type", "configure_sync", "review"].flatMap((state) => of(state));
    await hang("SetupMessage", between, 6);
    // The first state of all is passed through within one request, which waits for the same table.
    void this.call("POST", "").catch(() => undefined);
    await waiting(7);
    return async () => {
      await locks.query("rollback");
      await Promise.all([locks.end(), look.end()]);
    };
  }

  private async expectState({ id, moment }: Talk) {
    const { body } = await this.call("GET", `/${id}`);
    if (body.state !== moment.state || body.busy !== true)
      this.faults.push(`${moment.state}: seen as ${body.state}, busy ${body.busy}, before the kill`);
  }

  /** As a client does: the message that was not answered again, then all that follow. */
  private async finish(talk: Talk) {
    const { moment, id } = talk;
    const name = "lock" in moment ? `${moment.state} (${moment.lock})` : moment.state;
    let reply: Reply | undefined;
    for (let step = moment.say; step < 5; step++) reply = await this.say(talk, step);
    if (reply?.state !== "done") this.faults.push(`${name}: ended as ${JSON.stringify(reply)}`);
    const again = await this.say({ ...talk, keys: [...talk.keys.slice(0, 4), randomUUID()] }, 4);
    if (again.state !== "done") this.faults.push(`${name}: the second time it is ${again.state}`);
    if (again.data.source_id !== reply?.data.source_id) this.faults.push(`${name}: made a second source`);
    const { body } = await this.call("GET", `/${id}`);
    const history = body.history as { seq: number; said: string | null; reply: unknown }[];
    const said = history.map((turn) => turn.said?.split("\n").at(0) ?? null);
    const expected = [
      null,
      WORDS.begin,
      "Host: 127.0.0.1",
      WORDS.pick,
      WORDS.sync,
      WORDS.review,
      WORDS.review,
    ];
    if (JSON.stringify(said) !== JSON.stringify(expected))
      this.faults.push(`${name}: it says ${JSON.stringify(said)}`);
    if (body.busy || history.some((turn) => !turn.reply))
      this.faults.push(`${name}: something is not answered`);
  }
}

async function until(check: () => unknown): Promise<void> {
  const latest = performance.now() + WAIT_MS;
  while (!(await check())) {
    if (performance.now() > latest) throw new Error(`Waited in vain: ${check}`);
    await delay(20);
  }
}
