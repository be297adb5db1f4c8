import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { keyFor } from "#lib/crypto.ts";
import { canonicalJson } from "./canonical-json.ts";
import { elementTexts, levelsAround } from "./element-texts.ts";
import { eventHash } from "./event-hash.ts";
import { instantOf, readInstant } from "./instant.ts";
import { readEvent } from "./read-event.ts";
import { lineSplitter } from "./split-lines.ts";

describe("a moment", () => {
  test.each([
    ["2026-03-16T08:00:00Z", "2026-03-16T08:00:00Z"],
    ["2026-03-16t09:00:00.000+01:00", "2026-03-16T08:00:00Z"],
    ["2026-03-16T08:00:00.1234567890Z", "2026-03-16T08:00:00.123456Z"],
    ["2026-03-16T08:00:00.120000Z", "2026-03-16T08:00:00.12Z"],
    ["2024-02-29T00:30:00+00:45", "2024-02-28T23:45:00Z"],
    ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"],
    ["9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"],
  ])("%s is %s", (given, kept) => expect(readInstant(given)).toBe(kept));

  test.each([
    "",
    "2026-02-29T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-01-01T24:00:00Z",
    "2026-01-01T23:59:60Z",
    "2026-01-01T00:00:00",
    "2026-01-01T00:00:00+24:00",
    "10000-01-01T00:00:00Z",
    "9999-12-31T23:30:00-01:00",
    "0000-06-01T00:00:00Z",
    "0001-01-01T00:00:00+01:00",
    "2026-01-01 00:00:00Z",
  ])("%j is none", (given) => expect(readInstant(given)).toBeUndefined());

  test("of the clock is written alike", () => {
    for (const ms of [0, 120, 999, 1_000]) {
      const date = new Date(ms);
      expect(instantOf(date)).toBe(readInstant(date.toISOString()));
    }
  });
});

describe("canonical JSON", () => {
  test("is the example of RFC 8785", () => {
    const given = JSON.parse(
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
    );
    expect(canonicalJson(given)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  test("orders keys by UTF-16 code units", () => {
    const given = { "\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\ud83d\ude00": 5, "\u0080": 6, "\u00f6": 7 };
    expect(Object.keys(JSON.parse(canonicalJson(given)))).toHaveLength(7);
    expect(canonicalJson(given)).toBe(
      '{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}',
    );
  });

  test("says the same of equal values and nothing else", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(JSON.parse(text))).toBe(text);
      }),
    );
  });

  test("knows no number beyond a double's range", () => {
    expect(() => canonicalJson({ a: [Number.POSITIVE_INFINITY] })).toThrow(RangeError);
  });
});

describe("an event's hash", () => {
  const read = (value: object) => readEvent(value, { tenant: "t", now: "2026-01-01T00:00:00Z" }).event;

  test("is the HMAC of its canonical form without the ingest time", () => {
    const event = read({ event_id: "e", payload: { b: 1, a: 2 } });
    const { ingest_time: _time, ...said } = event;
    const expected = createHmac("sha256", keyFor("event")).update(canonicalJson(said)).digest("hex");
    expect(eventHash(event)).toBe(expected);
    expect(eventHash(event)).toBe(eventHash({ ...event, ingest_time: "2027-01-01T00:00:00Z" }));
  });

  test("is the same for what is not given, null, or given as its default; minus zero is zero", () => {
    const hash = eventHash(read({ event_id: "e" }));
    expect(eventHash(read({ event_id: "e", tenant_id: "t", payload: {}, version: 0, source: "" }))).toBe(
      hash,
    );
    expect(eventHash(read({ event_id: "e", payload: null, importance: -0, causal_refs: null }))).toBe(hash);
    expect(eventHash(read({ event_id: "e", importance: 0.1 }))).not.toBe(hash);
  });
});

describe("lines", () => {
  const split = (pieces: string[], max = 10) => {
    const lines = lineSplitter(max);
    const all = [...pieces.flatMap((piece) => lines.push(Buffer.from(piece))), ...lines.end()];
    return all.map((line) => (line === "too_long" ? line : Buffer.from(line).toString()));
  };

  test("are what stands between line ends, wherever the pieces are cut", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("a", "é", "\n", "\r\n", " ") }),
        fc.array(fc.nat(40)),
        (text, cuts) => {
          const bytes = Buffer.from(text);
          const lines = lineSplitter(1_000);
          const got: string[] = [];
          let from = 0;
          for (const cut of [...cuts]
            .sort((a, b) => a - b)
            .filter((cut) => cut < bytes.length)
            .concat(bytes.length)) {
            for (const line of lines.push(bytes.subarray(from, cut))) got.push(Buffer.from(line).toString());
            from = cut;
          }
          for (const line of lines.end()) got.push(Buffer.from(line).toString());
          expect(got).toEqual(text.split("\n").filter((line) => line.trim() !== ""));
        },
      ),
    );
  });

  test("that are too long are told as such, and the next is whole again", () => {
    expect(split(["aaaaaaaaaa\nb"])).toEqual(["aaaaaaaaaa", "b"]);
    expect(split(["aaaaaaaaaaa\nb"])).toEqual(["too_long", "b"]);
    expect(split(["aaaaaa", "aaaaaa", "aaaaaa", "\nb", "c\n", "d"])).toEqual(["too_long", "bc", "d"]);
    expect(split(["a".repeat(11)])).toEqual(["too_long"]);
  });
});

describe("the elements of a batch", () => {
  test.each([
    ['[1, {"a":[1,2,{"b":"],}"}]} ,"x,]"]', ["1", '{"a":[1,2,{"b":"],}"}]}', '"x,]"']],
    [' {"events" : [ {"a":"\\"]"}, [] ] } ', ['{"a":"\\"]"}', "[]"]],
    ["[]", []],
    ['{"events":[1],"more":2}', undefined],
    ['{"event_id":"e"}', undefined],
    ['{"events":{}}', undefined],
  ])("of %s", (text, elements) => expect(elementTexts(text)).toEqual(elements));

  test("lie one level deep in a list and two in an object", () => {
    expect([" [", '{ "events": [', '{"event_id":1}', "1"].map(levelsAround)).toEqual([1, 2, 0, 0]);
  });
});
