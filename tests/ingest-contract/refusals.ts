import { limits } from "#lib/limits.ts";
import { type Asking, AT, type Body, deepEvent, uid } from "./asking.ts";

/** What is not taken, and how that is told. */
export function declareRefusals({ test, expect, door, each, send, json, refused }: Asking): void {
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
}

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
