import { expect, it } from "vitest";
import { brokenForGoogle, brokenStrict } from "./strict-schema.ts";

const closed = (properties: Record<string, unknown>, more = {}) => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
  ...more,
});

it("what every provider takes", () => {
  const schema = closed({
    text: { type: ["string", "null"], description: "a text" },
    list: { type: "array", items: closed({ op: { type: "string", enum: ["add"] } }) },
    either: { anyOf: [{ type: "string" }, { type: "null" }] },
  });
  expect(brokenStrict(schema)).toEqual([]);
  expect(brokenForGoogle(schema)).toEqual([]);
});

it.each([
  ["none", undefined, "no strict schema"],
  ["a list as the root", { type: "array", items: { type: "string" } }, "root must be an object"],
  ["an untyped value", closed({ value: {} }), "$.value: a schema must have a type"],
  ["an open object", closed({}, { additionalProperties: {} }), "additionalProperties must be false"],
  ["an optional member", closed({ a: { type: "string" } }, { required: [] }), "$.a: must be required"],
  ["a range deep down", closed({ a: { type: "array", items: { type: "number", minimum: 0 } } }), "minimum"],
  ["oneOf", closed({ a: { type: "string", oneOf: [{ type: "string" }] } }), "oneOf is not permitted"],
])("strict mode refuses %s", (_what, schema, said) => {
  expect(brokenStrict(schema).join("; ")).toContain(said);
});

it.each([
  ["none", undefined, "no schema"],
  ["a constant", closed({ a: { const: 1 } }), "const is not supported"],
  ["a pattern", closed({ a: { type: "string", pattern: "x" } }), "pattern is not supported"],
  ["words beside a reference", closed({ a: { $ref: "#/$defs/x", type: "string" } }), "beside $ref"],
  ["an untyped value", closed({ value: {} }), "$.value: a schema must have a type"],
])("Google refuses %s", (_what, schema, said) => {
  expect(brokenForGoogle(schema).join("; ")).toContain(said);
});
