import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyPatch, diff, formatPointer, parsePointer } from "./index.ts";

type Case = {
  comment?: string;
  doc: unknown;
  patch?: unknown[];
  expected?: unknown;
  error?: string;
  disabled?: boolean;
};
const suite = ["tests.json", "spec_tests.json"].flatMap((file) =>
  (JSON.parse(readFileSync(new URL(import.meta.resolve(`json-patch-test-suite/${file}`)), "utf8")) as Case[])
    .map((test, index) => ({ ...test, name: `${file}#${index} ${test.comment ?? test.error ?? ""}` }))
    .filter((test) => test.patch !== undefined && !test.disabled),
);

/**
 * Where we are stricter than the suite: nowhere. Our own refusals (prototype keys, removal of the whole document,
 * size) are things the suite does not ask for; they stand in the tables below.
 */
describe("public JSON Patch test suite", () => {
  it("is really there", () => expect(suite.length).toBeGreaterThan(90));
  it.each(suite)("$name", (test) => {
    const before = JSON.stringify(test.doc);
    const result = applyPatch(test.doc, test.patch ?? []);
    expect(JSON.stringify(test.doc), "the input is untouched").toBe(before);
    if (test.error !== undefined) expect(result.ok).toBe(false);
    else if ("expected" in test) expect(result).toEqual({ ok: true, document: test.expected });
    else expect(result.ok).toBe(true);
  });
});

const doc = { nodes: [{ id: "a" }, { id: "b" }], "x/y": { "~": 1 }, empty: {} };
const refused: [why: string, op: unknown, code: string, says: string][] = [
  ["replace of a missing member", { op: "replace", path: "/nope", value: 1 }, "path_not_found", "nodes"],
  ["remove of a missing member", { op: "remove", path: "/nodes/0/nope" }, "path_not_found", '"/nodes/0"'],
  ["add under a missing parent", { op: "add", path: "/nope/x", value: 1 }, "path_not_found", "nope"],
  ["add inside a scalar", { op: "add", path: "/nodes/0/id/x", value: 1 }, "path_not_found", "neither"],
  ["move from a missing member", { op: "move", from: "/nope", path: "/y" }, "path_not_found", "nope"],
  ["index -1", { op: "replace", path: "/nodes/-1", value: 1 }, "bad_index", "array of 2"],
  ["index 00", { op: "replace", path: "/nodes/00", value: 1 }, "bad_index", '"00"'],
  ["index 1.5", { op: "add", path: "/nodes/1.5", value: 1 }, "bad_index", "1.5"],
  ["index 1e0", { op: "test", path: "/nodes/1e0", value: 1 }, "bad_index", "1e0"],
  ["index with a space", { op: "remove", path: "/nodes/ 1" }, "bad_index", "0, 1, 2"],
  ["empty index", { op: "remove", path: "/nodes/" }, "bad_index", '""'],
  ["dash to replace", { op: "replace", path: "/nodes/-", value: 1 }, "bad_index", "only for add"],
  ["dash in the middle", { op: "add", path: "/nodes/-/id", value: 1 }, "bad_index", "only for add"],
  ["dash to remove", { op: "remove", path: "/nodes/-" }, "bad_index", "only for add"],
  ["add past the end", { op: "add", path: "/nodes/3", value: 1 }, "path_not_found", "no element 3"],
  ["replace at the end", { op: "replace", path: "/nodes/2", value: 1 }, "path_not_found", "no element 2"],
  ["__proto__", { op: "add", path: "/__proto__/x", value: 1 }, "forbidden_segment", "__proto__"],
  ["constructor", { op: "add", path: "/constructor", value: 1 }, "forbidden_segment", "constructor"],
  ["prototype", { op: "add", path: "/empty/prototype", value: 1 }, "forbidden_segment", "prototype"],
  ["__proto__ as from", { op: "copy", from: "/__proto__", path: "/z" }, "forbidden_segment", "__proto__"],
  [
    "__proto__ in a value",
    { op: "add", path: "/z", value: JSON.parse('{"a":[{"__proto__":1}]}') },
    "forbidden_segment",
    "value",
  ],
  ["inherited member", { op: "test", path: "/toString", value: 1 }, "path_not_found", "toString"],
  ["length of an array", { op: "replace", path: "/nodes/length", value: 0 }, "bad_index", "length"],
  ["pointer without slash", { op: "remove", path: "nodes" }, "bad_pointer", "start with"],
  ["bad escape", { op: "remove", path: "/x~2y" }, "bad_pointer", "~0"],
  ["whole document removed", { op: "remove", path: "" }, "bad_pointer", "whole document"],
  ["failing test", { op: "test", path: "/nodes/0/id", value: "b" }, "test_failed", 'found "a"'],
  ["1 is not '1'", { op: "test", path: "/x~1y/~0", value: "1" }, "test_failed", "found 1"],
  ["move into itself", { op: "move", from: "/nodes", path: "/nodes/0" }, "move_into_itself", "/nodes"],
  ["unknown op", { op: "delete", path: "/nodes" }, "bad_operation", "op"],
  ["no value", { op: "add", path: "/z" }, "bad_operation", "value"],
  ["no path", { op: "remove" }, "bad_operation", "path"],
  ["no object", "remove", "bad_operation", ""],
];

describe("applyPatch", () => {
  it.each(refused)("refuses %s", (_why, op, code, says) => {
    const before = structuredClone(doc);
    const result = applyPatch(doc, [{ op: "add", path: "/first", value: 1 }, op]);
    expect(result).toMatchObject({ ok: false, error: { index: 1, code } });
    if (!result.ok) expect(result.error.message).toContain(says);
    expect(doc).toEqual(before);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  it("shares nothing with what it was given", () => {
    const value = { deep: { list: [1] } };
    const input = { keep: { a: 1 } };
    const ops = [
      { op: "add", path: "/v", value },
      { op: "copy", from: "/v", path: "/w" },
    ];
    const result = applyPatch<Record<string, { deep: { list: number[] }; a: number }>>(input, ops);
    if (!result.ok) throw new Error(result.error.message);
    result.document.v?.deep.list.push(2);
    if (result.document.keep) result.document.keep.a = 2;
    expect(value).toEqual({ deep: { list: [1] } });
    expect(result.document.w?.deep.list).toEqual([1]);
    expect(input).toEqual({ keep: { a: 1 } });
  });

  it("moves within an array by the indices after the removal", () => {
    const result = applyPatch([1, 2, 3], [{ op: "move", from: "/0", path: "/2" }]);
    expect(result).toEqual({ ok: true, document: [2, 3, 1] });
    expect(applyPatch([1, 2, 3], [{ op: "move", from: "/0", path: "/3" }]).ok).toBe(false);
  });

  it("stops a patch that doubles the document again and again", () => {
    const ops = Array.from({ length: 40 }, (_, index) => ({ op: "copy", from: "", path: `/c${index}` }));
    expect(applyPatch({ a: [1, 2, 3] }, ops)).toMatchObject({ ok: false, error: { code: "too_large" } });
    const many = Array.from({ length: 1001 }, () => ({ op: "test", path: "", value: {} }));
    expect(applyPatch({}, many)).toMatchObject({ ok: false, error: { code: "too_large" } });
  });
});

const key = fc.oneof(fc.constantFrom("a", "b", "a/b", "~", "~1", "", "0", "-"), fc.string({ maxLength: 3 }));
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<unknown>(null, true, 0, 1, "x"),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(
      key.filter((name) => name !== "__proto__"),
      tie("value"),
      { maxKeys: 4, noNullPrototype: true },
    ),
  ),
})).value;

describe("properties", () => {
  it("diff, then apply, gives the other document", () => {
    fc.assert(
      fc.property(json, json, (before, after) => {
        const ops = diff(before, after);
        expect(applyPatch(before, ops)).toEqual({ ok: true, document: after });
      }),
    );
  });
  it("a pointer survives being split and joined", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (segments) => {
        expect(parsePointer(formatPointer(segments))).toEqual(segments);
      }),
    );
  });
  it("never throws and never changes its input, whatever it is given", () => {
    const op = fc.oneof(
      fc.anything(),
      fc.record({
        op: fc.constantFrom("add", "remove", "replace", "move", "copy", "test"),
        path: fc.array(key, { maxLength: 3 }).map(formatPointer),
        from: fc.array(key, { maxLength: 3 }).map(formatPointer),
        value: json,
      }),
    );
    fc.assert(
      fc.property(json, fc.array(op, { maxLength: 6 }), (before, ops) => {
        const copy = structuredClone(before);
        applyPatch(before, ops);
        expect(before).toEqual(copy);
      }),
      { numRuns: 300 },
    );
  });
});
