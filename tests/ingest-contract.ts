import { randomBytes } from "node:crypto";
import type { Ack, BatchAnswer } from "#lib/ingest/schema.ts";
import { limits } from "#lib/limits.ts";

/** A way to reach `/v1/ingest/events`, and what its caller is. */
export type Door = {
  /** Sends a request to a path of the site, such as `/v1/ingest/events?results=failed`. */
  send: (path: string, init: RequestInit) => Promise<Response>;
  tenant: string;
  /** A key of the tenant that may write events and is bound to no agent. */
  key: string;
  /** A key bound to this agent. */
  boundKey: { key: string; agentId: string };
};

/** What declares and judges tests: vitest's, or the browser runner's. */
export type Runner = {
  test: (title: string, run: () => Promise<void>) => unknown;
  expect: typeof import("vitest").expect;
};

/** The door of a running server. */
export function httpDoor({ baseUrl, ...who }: Omit<Door, "send"> & { baseUrl: string }): Door {
  return { ...who, send: (path, init) => fetch(new URL(path, baseUrl), init) };
}

type Problem = { code: string; error: string; status: number; issues?: { path: string; code: string }[] };
type Line = Partial<Ack> & { index: number; status: string | number; code?: string; replayed?: boolean };
type Body = string | Uint8Array<ArrayBuffer>;

const AT = "/v1/ingest/events";
const LINES = "application/x-ndjson";
const uid = (name = "evt") => `${name}_${randomBytes(6).toString("hex")}`;

/**
 * The contract of `POST /v1/ingest/events`, as one set of tests for every door.
 * @param door gives the door when a test runs; several tests may share one, they use ids of their own.
 */
export function declareIngestContract({ test, expect }: Runner, door: () => Door | Promise<Door>): void {
  const each = <Row>(
    rows: readonly Row[],
    title: (row: Row, at: number) => string,
    run: (row: Row) => Promise<void>,
  ) => {
    for (const [at, row] of rows.entries()) test(title(row, at), () => run(row));
  };
  const send = async (
    body: Body,
    type = "application/json",
    more: Record<string, string> = {},
    query = "",
  ) => {
    const { send: post, key } = await door();
    const headers = { authorization: `Bearer ${key}`, "content-type": type, ...more };
    return post(AT + query, { method: "POST", headers, body });
  };
  const json = (value: unknown, query = "") => send(JSON.stringify(value), undefined, {}, query);
  const accepted = async (value: unknown) => {
    const response = await json(value);
    const body = await response.json();
    expect(response.status, JSON.stringify(body)).toBe(200);
    return body as Ack;
  };
  const refused = async (response: Response, status: number, code: string): Promise<Problem> => {
    const problem = (await response.json()) as Problem;
    expect({ status: response.status, code: problem.code }, JSON.stringify(problem)).toEqual({
      status,
      code,
    });
    expect(problem.error).toBe(code);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    return problem;
  };
  const batch = async (response: Response): Promise<Omit<BatchAnswer, "results"> & { results: Line[] }> => {
    const text = await response.text();
    expect(response.status, text.slice(0, 500)).toBe(207);
    return JSON.parse(text);
  };

  test("the contract's example is answered as it says", async () => {
    const event_id = uid();
    const { tenant } = await door();
    const response = await json(example(tenant, event_id));
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(response.headers.has("idempotent-replay")).toBe(false);
    const text = await response.text();
    const { lsn } = JSON.parse(text) as Ack;
    expect(Number.isSafeInteger(lsn)).toBe(true);
    expect(text).toBe(
      `{"status":"accepted","lsn":${lsn},"event_id":"${event_id}","memory_id":"mem_${event_id}","edges":2,` +
        `"state_id":"state_sess_a_${event_id}","artifact_id":"art_${event_id}"}`,
    );
  });

  test("an event that says nothing but its id is taken, with a warning for each practical field", async () => {
    const event_id = uid();
    const ack = await accepted({ event_id });
    expect(ack).toMatchObject({ edges: 0, state_id: `state_default_session_${event_id}` });
    expect(ack).not.toHaveProperty("artifact_id");
    expect(ack.warnings?.map(({ code, path }) => `${code} ${path}`)).toEqual(
      ["tenant_id", "workspace_id", "agent_id", "session_id", "event_type", "payload"].map(
        (field) => `field_missing /${field}`,
      ),
    );
    const unknown = await accepted({ ...example("", uid()), colour: "blue" });
    expect(unknown.warnings?.map(({ path }) => path)).toEqual(["/tenant_id", "/colour"]);
  });

  test("another method is 405 and says which one is allowed", async () => {
    const { send: other, key } = await door();
    for (const method of ["GET", "PUT", "PATCH", "DELETE"]) {
      const response = await other(AT, { method, headers: { authorization: `Bearer ${key}` } });
      await refused(response, 405, "method_not_allowed");
      expect(response.headers.get("allow")).toBe("POST, OPTIONS");
    }
  });

  test("nobody gets in without a key", async () => {
    await refused(await send("{}", undefined, { authorization: "" }), 401, "unauthenticated");
    await refused(
      await send("{}", undefined, { authorization: "Bearer pk_wrong_wrong" }),
      401,
      "unauthenticated",
    );
  });

  each(
    MALFORMED,
    ([name]) => `${name} is malformed`,
    async ([, body]) => {
      await refused(await send(body), 400, "malformed_json");
    },
  );

  test("a number beyond a double's range is refused where it stands", async () => {
    const problem = await refused(
      await send(`{"event_id":"${uid()}","payload":{"n":1e999}}`),
      400,
      "bad_request",
    );
    expect(problem.issues?.[0]?.path).toBe("/payload");
  });

  test("what is no JSON at all is 415", async () => {
    await refused(
      await send("event_id=1", "application/x-www-form-urlencoded"),
      415,
      "unsupported_media_type",
    );
  });

  test("one event has at most 1 MB", async () => {
    const event_id = uid();
    const frame = JSON.stringify({ event_id, payload: { text: "" } });
    const whole = (bytes: number) => frame.replace('""', `"${"x".repeat(bytes - frame.length)}"`);
    await refused(await send(whole(limits.eventBytes + 1)), 413, "too_large");
    expect((await send(whole(limits.eventBytes))).status).toBe(200);
  });

  each(
    ["s", 7, -1, 1.5, true, [], {}, [1]],
    (value) => `a field of the wrong type is named, here ${JSON.stringify(value)}`,
    async (value) => {
      const fields = Object.entries(TYPES).filter(([, fits]) => !fits(value));
      const wrong = Object.fromEntries(fields.map(([field]) => [field, value]));
      const problem = await refused(await json({ event_id: uid(), ...wrong, source: 5 }), 400, "bad_request");
      const expected = new Set([...fields.map(([field]) => field), "source"]);
      const named = problem.issues?.map(({ path }) => path.split("/")[1]) ?? [];
      expect(new Set(named)).toEqual(expected);
      expect(named.length, "one issue a field").toBe(expected.size);
    },
  );

  each<[string, unknown]>(
    [
      ["event_id", ""],
      ["event_id", null],
      ["event_id", "x".repeat(limits.idChars + 1)],
      ["agent_id", "x".repeat(limits.idChars + 1)],
      ["event_time", "10000-01-01T00:00:00Z"],
      ["event_time", "+010000-01-01T00:00:00Z"],
      ["visible_time", "9999-12-31T23:59:59-01:00"],
      ["ingest_time", "2026-02-30T00:00:00Z"],
      ["event_time", "2026-01-01T24:00:00Z"],
      ["event_time", "0001-01-01T00:00:00+01:00"],
      ["event_time", "yesterday"],
      ["event_time", "2026-01-01"],
      ["version", -1],
      ["logical_ts", -1],
      ["version", 2 ** 53],
      ["causal_refs", Array.from({ length: limits.causalRefs + 1 }, () => "e")],
    ],
    ([field, value], at) => `${field} may not be ${JSON.stringify(value).slice(0, 40)} (${at})`,
    async ([field, value]) => {
      const problem = await refused(await json({ event_id: uid(), [field]: value }), 400, "bad_request");
      expect(problem.issues?.map(({ path }) => path)).toEqual([`/${field}`]);
    },
  );

  test("what is no object is no event", async () => {
    for (const value of [1, "text", null, true]) await refused(await json(value), 400, "bad_request");
  });

  test("the same event again gets the same acknowledgment, however it is written", async () => {
    const { tenant } = await door();
    const event = example(tenant, uid());
    const first = await (await json(event)).text();
    const turned = Object.fromEntries(Object.entries(event).reverse());
    for (const again of [
      event,
      { ...turned, event_time: "2026-03-16T09:00:00.000+01:00", ingest_time: null },
    ]) {
      const response = await json(again);
      expect(response.status).toBe(200);
      expect(response.headers.get("idempotent-replay")).toBe("true");
      expect(await response.text()).toBe(first);
    }
    for (const other of [{ payload: { text: "other" } }, { importance: 0.6 }, { version: 2 }])
      await refused(await json({ ...event, ...other }), 409, "event_conflict");
    expect(await (await json(event)).text()).toBe(first);
  });

  test("the same event many times at once is one; two events of one id at once are one and a conflict", async () => {
    const { tenant } = await door();
    const event = example(tenant, uid());
    const same = await Promise.all(Array.from({ length: 100 }, () => json(event)));
    const acks = new Set(await Promise.all(same.map((response) => response.text())));
    expect([...acks]).toHaveLength(1);
    expect(same.filter((response) => !response.headers.has("idempotent-replay"))).toHaveLength(1);
    const event_id = uid();
    const rivals = await Promise.all(
      Array.from({ length: 40 }, (_, at) =>
        json({ ...example(tenant, event_id), source: `source ${at % 2}` }),
      ),
    );
    expect(rivals.filter(({ status }) => status === 200)).toHaveLength(20);
    expect(rivals.filter(({ status }) => status === 409)).toHaveLength(20);
  });

  test("an event for another tenant is refused", async () => {
    const problem = await refused(await json(example("t_other", uid())), 403, "tenant_mismatch");
    expect(problem.issues?.[0]?.path).toBe("/tenant_id");
  });

  each(
    ["setup-agent", "pipeline-assistant"],
    (agent_id) => `nobody writes as ${agent_id}`,
    async (agent_id) => {
      await refused(await json({ event_id: uid(), agent_id }), 403, "reserved_agent");
      const object = { object_type: "agent", object: { agent_id } };
      await refused(
        await json({ event_id: uid(), event_type: "object_upserted", payload: object }),
        403,
        "reserved_agent",
      );
    },
  );

  test("a key that is bound to an agent writes for it, and for no other", async () => {
    const { boundKey } = await door();
    const authorization = `Bearer ${boundKey.key}`;
    const own = await send(JSON.stringify({ event_id: uid() }), undefined, { authorization });
    expect(await own.json()).toMatchObject({ status: "accepted", edges: 1 });
    const other = JSON.stringify({ event_id: uid(), agent_id: "somebody_else" });
    await refused(await send(other, undefined, { authorization }), 403, "permission_denied");
  });

  each(
    ["list", "events"],
    (form) => `a batch as ${form}: each is taken or refused by itself`,
    async (form) => {
      const { tenant } = await door();
      const [first, second, third] = [uid(), uid(), uid()];
      const events = [
        example(tenant, first),
        { event_id: "" },
        example("t_other", uid()),
        7,
        example(tenant, first),
        { ...example(tenant, first), source: "another" },
        example(tenant, second),
      ];
      const texts = events.map((event) => JSON.stringify(event));
      texts.push(
        `{"event_id":"${third}","event_id":"${third}"}`,
        `{"event_id":"${uid()}","payload":{"t":"\\u0000"}}`,
      );
      const list = `[${texts.join(", ")}]`;
      const answer = await batch(await send(form === "list" ? list : `{"events": ${list}}`));
      expect(answer.results.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
      expect(answer.results.map(({ status, code }) => code ?? status)).toEqual([
        "accepted",
        "bad_request",
        "tenant_mismatch",
        "bad_request",
        "accepted",
        "event_conflict",
        "accepted",
        "malformed_json",
        "malformed_json",
      ]);
      expect([answer.accepted, answer.failed]).toEqual([3, 6]);
      expect(answer.results[4]).toMatchObject({ lsn: answer.results[0]?.lsn, replayed: true });
      expect(answer.results[0]).not.toHaveProperty("replayed");
    },
  );

  test("a batch that went well may be answered by its failures alone", async () => {
    const events = [{ event_id: uid() }, { event_id: 5 }, { event_id: uid() }];
    const answer = await batch(await json({ events }, "?results=failed"));
    expect(answer).toMatchObject({ accepted: 2, failed: 1, results: [{ index: 1, status: 400 }] });
    await refused(await json({ events }, "?results=none"), 400, "bad_request");
  });

  test("a batch has its limits", async () => {
    expect(await batch(await json([]))).toEqual({ results: [], accepted: 0, failed: 0 });
    await refused(await json(Array.from({ length: limits.batchEvents + 1 }, () => ({}))), 413, "too_large");
    const large = { event_id: uid(), payload: { text: "x".repeat(limits.eventBytes) } };
    const answer = await batch(await json([large, { event_id: uid() }]));
    expect(answer.results.map(({ status }) => status)).toEqual([413, "accepted"]);
    await refused(await json(Array.from({ length: 11 }, () => large)), 413, "too_large");
    const nested = (depth: number) =>
      `{"event_id":"${uid()}","payload":${'{"a":'.repeat(depth)}1${"}".repeat(depth)}}`;
    const deep = await batch(await send(`[${nested(limits.eventDepth - 1)},${nested(limits.eventDepth)}]`));
    expect(deep.results.map(({ code, status }) => code ?? status)).toEqual(["accepted", "malformed_json"]);
    const lists = await batch(await send("[".repeat(10_000) + "]".repeat(10_000)));
    expect(lists.results.map(({ code }) => code)).toEqual(["malformed_json"]);
  });

  test("10,000 times the same event in one batch is one event", async () => {
    const event = { event_id: uid(), source: "many" };
    const answer = await batch(await json(Array.from({ length: limits.batchEvents }, () => event)));
    expect([answer.accepted, answer.failed]).toEqual([limits.batchEvents, 0]);
    expect(new Set(answer.results.map(({ lsn }) => lsn)).size).toBe(1);
    expect(answer.results.filter(({ replayed }) => !replayed)).toHaveLength(1);
  });

  test("lines of JSON: a bad one fails only itself", async () => {
    const good = () => JSON.stringify({ event_id: uid() });
    const long = JSON.stringify({ event_id: uid(), payload: { text: "x".repeat(5 * 1_048_576) } });
    const invalid = Buffer.concat([Buffer.from('{"event_id":"'), Buffer.from([0xff]), Buffer.from('"}')]);
    const lines = [good(), "", "{", long, `${good()}\r`, "  ", "[]", invalid, deepEvent(10_000), good()];
    const body = Buffer.concat(lines.flatMap((line) => [Buffer.from(line), Buffer.from("\n")]).slice(0, -1));
    const answer = await batch(await send(new Uint8Array(body), LINES));
    expect(answer.results.map(({ code, status }) => code ?? status)).toEqual([
      "accepted",
      "malformed_json",
      "too_large",
      "accepted",
      "bad_request",
      "malformed_json",
      "malformed_json",
      "accepted",
    ]);
    expect(answer.results.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect([answer.accepted, answer.failed]).toEqual([3, 5]);
    expect(await batch(await send("", LINES))).toEqual({ results: [], accepted: 0, failed: 0 });
  });

  test("lines of JSON are answered in lines to whoever asks for them", async () => {
    const lines = Array.from({ length: 2_500 }, (_, at) =>
      at % 1_000 === 7 ? "no" : JSON.stringify({ event_id: uid() }),
    );
    const response = await send(lines.join("\n"), `${LINES}; charset=utf-8`, { accept: LINES });
    expect(response.status).toBe(207);
    expect(response.headers.get("content-type")).toBe(LINES);
    const told = (await response.text()).trimEnd().split("\n");
    expect(JSON.parse(told.pop() ?? "")).toEqual({ accepted: 2_497, failed: 3 });
    const results = told.map((line) => JSON.parse(line) as Line);
    expect(results.map(({ index }) => index)).toEqual(lines.map((_, at) => at));
    const lsns = results.flatMap(({ lsn }) => (lsn === undefined ? [] : [lsn]));
    expect(lsns).toEqual([...lsns].sort((a, b) => a - b));
    const failures = await send(lines.slice(0, 10).join("\n"), LINES, { accept: LINES }, "?results=failed");
    expect((await failures.text()).trimEnd().split("\n")).toHaveLength(2);
  });

  test("a CloudEvent in structured mode is an event", async () => {
    const { tenant } = await door();
    const id = uid();
    const cloud = {
      specversion: "1.0",
      id,
      source: "/agents/a",
      type: "user_message",
      time: "2026-03-16T08:00:00Z",
      datacontenttype: "application/json",
      agentid: "agent_a",
      sessionid: "sess_a",
      workspaceid: "w_demo",
      tenantid: tenant,
      causalrefs: "one, two",
      data: { text: "hello" },
    };
    const type = "application/cloudevents+json; charset=utf-8";
    const response = await send(JSON.stringify(cloud), type);
    expect(await response.json()).toEqual({
      status: "accepted",
      lsn: expect.any(Number),
      event_id: id,
      memory_id: `mem_${id}`,
      edges: 4,
      state_id: `state_sess_a_${id}`,
    });
    const { data: _data, ...bare } = cloud;
    const problem = await refused(
      await send(JSON.stringify({ ...bare, specversion: "0.3", id: "", type: 5 }), type),
      400,
      "bad_request",
    );
    expect(problem.issues?.map(({ path }) => path)).toEqual(["/specversion", "/id", "/type"]);
    const several = JSON.stringify([
      cloud,
      { ...cloud, id: "" },
      { ...cloud, id: uid(), data: "plain text" },
    ]);
    const answer = await batch(await send(several, "application/cloudevents-batch+json"));
    expect(answer.results.map(({ status }) => status)).toEqual(["accepted", 400, "accepted"]);
  });

  test("an event may write an object, if it is one", async () => {
    const upsert = (payload: unknown) => ({ event_id: uid(), event_type: "object_upserted", payload });
    const good = upsert({ object_type: "policy", object: { policy_id: uid(), rule: "keep" } });
    const ack = await accepted(good);
    expect(ack).toMatchObject({ status: "accepted", edges: 0 });
    for (const field of ["memory_id", "state_id", "artifact_id"]) expect(ack).not.toHaveProperty(field);
    for (const payload of [
      {},
      { object_type: "planet", object: {} },
      { object_type: "memory", object: {} },
      { object_type: "memory", object: { memory_id: uid(), level: "high" } },
      { object_type: "edge", object: { edge_id: uid() } },
    ]) {
      const problem = await refused(await json(upsert(payload)), 400, "bad_request");
      expect(problem.issues?.[0]?.path).toMatch(/^\/payload\/object/);
    }
  });
}

/** The example of the contract, under an id of its own. */
export function example(tenant_id: string, event_id: string) {
  return {
    event_id,
    tenant_id,
    workspace_id: "w_demo",
    agent_id: "agent_a",
    session_id: "sess_a",
    event_type: "user_message",
    event_time: "2026-03-16T08:00:00Z",
    ingest_time: "2026-03-16T08:00:00Z",
    visible_time: "2026-03-16T08:00:00Z",
    logical_ts: 0,
    parent_event_id: "",
    causal_refs: [] as string[],
    payload: { text: "hello andb", artifact_uri: "s3://bucket/demo.bin" },
    source: "api",
    importance: 0.5,
    visibility: "private",
    version: 1,
  };
}

const deepEvent = (depth: number) =>
  `{"event_id":"e","payload":{"a":${"[".repeat(depth)}${"]".repeat(depth)}}}`;

const MALFORMED: [string, Body][] = [
  ["an empty body", ""],
  ["white space", " \n"],
  ["a truncated object", '{"event_id":"e1","payload":{"text":"hal'],
  ["a truncated list", '[{"event_id":"e1"}'],
  ["a word", "nul"],
  ["two values", '{"event_id":"a"}{"event_id":"b"}'],
  ["a key that stands twice", '{"event_id":"a","event_id":"a"}'],
  ["a key that stands twice deep inside", '{"event_id":"a","payload":{"x":[{"k":1,"k":2}]}}'],
  ["10,000 levels", deepEvent(10_000)],
  ["33 levels", deepEvent(31)],
  ["NUL", '{"event_id":"a","payload":{"text":"\\u0000"}}'],
  ["NUL in a key", '{"event_id":"a","payload":{"\\u0000":1}}'],
  ["half a surrogate pair", '{"event_id":"a","payload":{"text":"\\ud83d"}}'],
  ["__proto__", '{"event_id":"a","payload":{"__proto__":{"polluted":true}}}'],
  ["__proto__ with an escape", '{"event_id":"a","payload":{"\\u005f_proto__":1}}'],
  ["bytes that are no UTF-8", new Uint8Array([0x22, 0xff, 0xfe, 0x22])],
];

const text = (value: unknown) => typeof value === "string";
const whole = (value: unknown) => Number.isInteger(value) && Number(value) >= 0;
/** What each field may be, of the values that the test tries. */
const TYPES: Record<string, (value: unknown) => boolean> = {
  event_id: text,
  tenant_id: text,
  workspace_id: text,
  agent_id: text,
  session_id: text,
  event_type: text,
  event_time: () => false,
  ingest_time: () => false,
  visible_time: () => false,
  logical_ts: whole,
  parent_event_id: text,
  causal_refs: (value) => Array.isArray(value) && value.length === 0,
  payload: (value) => typeof value === "object" && !Array.isArray(value),
  importance: (value) => typeof value === "number",
  visibility: text,
  version: whole,
};
