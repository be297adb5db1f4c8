import fc from "fast-check";
import { expect, test } from "vitest";
import { checkJson } from "./check-json.ts";

const check = (text: string, depth = 8) => {
  JSON.parse(text);
  return checkJson(text, depth);
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

test("counts depth", () => {
  const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
  expect(check(nested(8))).toBeUndefined();
  expect(check(nested(9))).toMatchObject({ code: "too_deep" });
});
