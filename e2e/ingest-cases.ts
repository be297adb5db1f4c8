/** A request byte by byte, and what it has to be answered. Sent in this order to an empty log. */
export type Asked = {
  title: string;
  /** Request line and headers; host, credential and length are added. */
  head: string;
  body?: string | Buffer;
  anonymous?: boolean;
  status: number;
  /** The problem's code. */
  code?: string;
  /** The whole answer, where it can be foretold. */
  answer?: unknown;
};

const PATH = "/v1/ingest/events";
const JSON_HEAD = `POST ${PATH} HTTP/1.1\ncontent-type: application/json`;
const LINES_HEAD = `POST ${PATH} HTTP/1.1\ncontent-type: application/x-ndjson`;

/** The example of the contract. */
export const EXAMPLE = {
  event_id: "evt_demo_001",
  tenant_id: "t_demo",
  workspace_id: "w_demo",
  agent_id: "agent_a",
  session_id: "sess_a",
  event_type: "user_message",
  event_time: "2026-03-16T08:00:00Z",
  ingest_time: "2026-03-16T08:00:00Z",
  visible_time: "2026-03-16T08:00:00Z",
  logical_ts: 0,
  parent_event_id: "",
  causal_refs: [],
  payload: { text: "hello andb", artifact_uri: "s3://bucket/demo.bin" },
  source: "api",
  importance: 0.5,
  visibility: "private",
  version: 1,
};
const ACK = {
  status: "accepted",
  lsn: 1,
  event_id: "evt_demo_001",
  memory_id: "mem_evt_demo_001",
  edges: 2,
  state_id: "state_sess_a_evt_demo_001",
  artifact_id: "art_evt_demo_001",
};

const post = (
  title: string,
  body: string | Buffer | object,
  status: number,
  rest: Partial<Asked> = {},
): Asked => ({
  title,
  head: JSON_HEAD,
  body: typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body),
  status,
  ...rest,
});
const refused = (title: string, body: string | Buffer | object, code: string, status = 400): Asked =>
  post(title, body, status, { code });
const event = (given: object) => ({ ...EXAMPLE, event_id: "evt_refused", ...given });
const line = (id: string) => JSON.stringify({ ...EXAMPLE, event_id: id });

const wrongTypes: Asked[] = Object.entries(EXAMPLE).map(([field, value]) =>
  refused(
    `wrong type of ${field}`,
    event({ [field]: typeof value === "string" ? 7 : "seven" }),
    "bad_request",
  ),
);
const otherMethods: Asked[] = ["GET", "PUT", "PATCH", "DELETE"].map((method) => ({
  title: `${method} is not allowed`,
  head: `${method} ${PATH} HTTP/1.1`,
  status: 405,
  code: "method_not_allowed",
}));

/** Every kind of request that the contract speaks of, good and bad. */
export const CASES: readonly Asked[] = [
  post("the contract's example", EXAMPLE, 200, { answer: ACK }),
  post("the same again", EXAMPLE, 200, { answer: ACK }),
  post(
    "the same with its keys in another order",
    Object.fromEntries(Object.entries(EXAMPLE).reverse()),
    200,
    {
      answer: ACK,
    },
  ),
  refused("another event under that id", { ...EXAMPLE, source: "other" }, "event_conflict", 409),
  post("an id alone", { event_id: "evt_bare", ingest_time: EXAMPLE.ingest_time }, 200),
  ...otherMethods,
  { title: "HEAD", head: `HEAD ${PATH} HTTP/1.1`, status: 405 },
  { title: "OPTIONS", head: `OPTIONS ${PATH} HTTP/1.1`, status: 204 },
  { title: "a method of another protocol", head: `PROPFIND ${PATH} HTTP/1.1`, status: 405 },
  { title: "an address beside it", head: `GET ${PATH}/none HTTP/1.1`, status: 404, code: "not_found" },
  post("nobody", EXAMPLE, 401, { anonymous: true, code: "unauthenticated" }),
  post("a key that is none", EXAMPLE, 401, {
    anonymous: true,
    head: `${JSON_HEAD}\nauthorization: Bearer pk_not_a_key_of_ours`,
    code: "unauthenticated",
  }),
  refused("malformed", "{", "malformed_json"),
  refused("truncated", JSON.stringify(EXAMPLE).slice(0, -20), "malformed_json"),
  refused("no UTF-8", Buffer.from([0x22, 0xff, 0x22]), "malformed_json"),
  refused("a key twice", '{"event_id":"a","event_id":"b"}', "malformed_json"),
  refused(
    "nested ten thousand deep",
    `{"event_id":"a","payload":{"x":${"[".repeat(10_000)}${"]".repeat(10_000)}}}`,
    "malformed_json",
  ),
  refused("NUL", '{"event_id":"a\\u0000"}', "malformed_json"),
  refused("half a surrogate pair", '{"event_id":"a\\ud800"}', "malformed_json"),
  refused("__proto__", '{"event_id":"a","__proto__":{"event_type":"x"}}', "malformed_json"),
  refused(
    "a byte too many",
    `{"event_id":"a","payload":{"text":"${"x".repeat(1_048_576)}"}}`,
    "too_large",
    413,
  ),
  refused("more bytes than any batch has", `[${" ".repeat(10 * 1_048_576)}]`, "too_large", 413),
  refused("text", '"text"', "bad_request"),
  refused("nothing", "", "malformed_json"),
  ...wrongTypes,
  refused("no id", event({ event_id: "" }), "bad_request"),
  refused("the year 10000", event({ event_time: "+10000-01-01T00:00:00Z" }), "bad_request"),
  refused("a negative version", event({ version: -1 }), "bad_request"),
  refused("another tenant", event({ tenant_id: "t_other" }), "tenant_mismatch", 403),
  refused("one of our own agents", event({ agent_id: "setup-agent" }), "reserved_agent", 403),
  refused("another content type", EXAMPLE, "unsupported_media_type", 415),
  refused("a query that is none", EXAMPLE, "bad_request"),
  post("a list", [{ ...EXAMPLE, event_id: "b1" }, { event_id: "" }, EXAMPLE], 207),
  post("an object with events", { events: [{ ...EXAMPLE, event_id: "b2" }] }, 207),
  post("a list of nothing", [], 207),
  post(
    "ten thousand times the same at once",
    Array.from({ length: 10_000 }, () => ({ event_id: "many" })),
    207,
  ),
  refused(
    "more events than any batch has",
    Array.from({ length: 10_001 }, () => ({})),
    "too_large",
    413,
  ),
  {
    title: "one line of 5 MB among others",
    head: LINES_HEAD,
    body: `${line("w1")}\n{"event_id":"${"x".repeat(5_000_000)}"}\n${line("w2")}`,
    status: 207,
  },
  post(
    "two payloads under one id at once",
    [
      { event_id: "two", source: "a" },
      { event_id: "two", source: "b" },
    ],
    207,
  ),
  {
    title: "lines",
    head: LINES_HEAD,
    body: `${line("l1")}\n\n{"event_id":\n${line("l1")}\r\n${line("l2")}`,
    status: 207,
  },
  {
    title: "lines answered by lines",
    head: `${LINES_HEAD}\naccept: application/x-ndjson`,
    body: `${line("l3")}\n${line("l4")}\n`,
    status: 207,
  },
  {
    title: "only what failed",
    head: LINES_HEAD.replace(PATH, `${PATH}?results=failed`),
    body: `${line("l5")}\nno\n`,
    status: 207,
  },
  {
    title: "a CloudEvent",
    head: JSON_HEAD.replace("application/json", "application/cloudevents+json"),
    body: JSON.stringify({
      specversion: "1.0",
      id: "ce1",
      source: "/bench",
      type: "user_message",
      time: "2026-03-16T08:00:00Z",
      data: { text: "hello" },
    }),
    status: 200,
  },
  {
    title: "a body in chunks",
    head: `${JSON_HEAD}\ntransfer-encoding: chunked`,
    body: `${line("c1").length.toString(16)}\r\n${line("c1")}\r\n0\r\n\r\n`,
    status: 200,
  },
  {
    title: "too much in chunks",
    head: `${JSON_HEAD}\ntransfer-encoding: chunked`,
    body: `${`100000\r\n${" ".repeat(0x100000)}\r\n`.repeat(11)}0\r\n\r\n`,
    status: 413,
    code: "too_large",
  },
  {
    title: "a client that waits to be asked",
    head: `${JSON_HEAD}\nexpect: 100-continue`,
    body: line("e1"),
    status: 200,
  },
].map((asked) =>
  asked.title === "another content type"
    ? { ...asked, head: JSON_HEAD.replace("application/json", "text/plain") }
    : asked.title === "a query that is none"
      ? { ...asked, head: JSON_HEAD.replace(PATH, `${PATH}?results=maybe`) }
      : asked,
);
