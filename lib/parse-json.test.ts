import fc from "fast-check";
import { expect, test } from "vitest";
import { isAppError } from "./errors.ts";
import { checkJson, parseJson } from "./parse-json.ts";

/** What is found in a text; the way that every door takes, which looks closely only if it has to, finds the same. */
const check = (text: string, depth = 8) => {
  JSON.parse(text);
  const found = checkJson(text, depth);
  try {
    parseJson(text, depth);
    expect(found).toBeUndefined();
  } catch (error) {
    if (!isAppError(error)) throw error;
    expect(error.extra.issues).toEqual([found]);
  }
  return found;
};

test("lets ordinary JSON pass, whatever its text holds", () => {
  for (const text of [
    '{"a":[1,{"b":null}],"c":"{\\"x\\":[]}"}',
    '"a"',
    "1",
    "[]",
    '{"":{"":1}}',
    '["\\\\","\\"","}"]',
  ])
    expect(check(text)).toBeUndefined();
  fc.assert(
    fc.property(fc.json({ maxDepth: 4 }), (text) => {
      fc.pre(!text.includes("__proto__"));
      return (
        check(text, 64) === undefined || !JSON.stringify(JSON.parse(text)).isWellFormed() || /\\u/.test(text)
      );
    }),
  );
});

test("finds a key that stands twice, also spelt otherwise, and says where", () => {
  expect(check('{"a":1,"a":2}')).toMatchObject({ code: "duplicate_key", path: "/a" });
  expect(check('{"x":[{"a":1},{"b":1,"\\u0062":2}]}')).toMatchObject({
    code: "duplicate_key",
    path: "/x/1/b",
  });
  expect(check('{"a":{"a":1},"b":{"a":1}}')).toBeUndefined();
});

test("finds __proto__, also spelt otherwise", () => {
  expect(check('{"a":{"__proto__":{}}}')).toMatchObject({ code: "forbidden_key", path: "/a/__proto__" });
  expect(check('{"\\u005f_proto__":1}')).toMatchObject({ code: "forbidden_key" });
  expect(check('{"a":"__proto__"}')).toBeUndefined();
});

test("finds text that no database takes", () => {
  expect(check('{"a":["x","\\u0000"]}')).toMatchObject({ code: "unstorable_text", path: "/a/1" });
  expect(check('{"a":"\\ud800"}')).toMatchObject({ code: "unstorable_text" });
  expect(check('{"a":"\\ud83d\\ude00 é"}')).toBeUndefined();
});

test("finds the same in any JSON, whatever is put into it", () => {
  const keys = fc.constantFrom("a", "b", "\\u0061", "__proto__", ":", '\\"', "\\\\", "\\ud800", "é");
  const { text } = fc.letrec<{ text: string }>((tie) => ({
    text: fc.oneof(
      { maxDepth: 6 },
      fc
        .constantFrom("1", "null", '""', '"\\u0000"', '":"', '"\\\\"', '"\\"', '"\ud83d"')
        .filter((each) => valid(each)),
      fc.array(tie("text"), { maxLength: 3 }).map((items) => `[${items.join(" ,")}]`),
      fc
        .array(fc.tuple(keys, tie("text")), { maxLength: 4 })
        .map((entries) => `{${entries.map(([key, item]) => `"${key}" : ${item}`).join(",")}}`),
    ),
  }));
  fc.assert(
    fc.property(text, (each) => {
      check(each, 4);
    }),
    { numRuns: 2_000 },
  );
});

test("counts depth", () => {
  const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
  expect(check(nested(8))).toBeUndefined();
  expect(check(nested(9))).toMatchObject({ code: "too_deep" });
});

function valid(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
