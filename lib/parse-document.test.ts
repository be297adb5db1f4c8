import { describe, expect, it } from "vitest";
import { limits } from "./limits.ts";
import { type DocumentFormat, formatOfFile, parseDocument, withPlaces } from "./parse-document.ts";

const value = (text: string, format: DocumentFormat = "yaml") => {
  const parsed = parseDocument(text, format);
  return parsed.ok ? parsed.value : parsed.issues;
};
const codes = (text: string, format: DocumentFormat = "yaml") => {
  const parsed = parseDocument(text, format);
  return parsed.ok ? [] : parsed.issues.map(({ code, line, column }) => `${code} ${line}:${column}`);
};

describe("YAML", () => {
  it("is read by the core schema of 1.2: yes, no, on, dates and sexagesimals are text", () => {
    const text = "a: no\nb: on\nc: YES\nd: 2020-01-01\ne: 12:30\nf: 3\ng: true\nh: ~\n1: one\n'<<': x";
    expect(value(text)).toEqual({
      ...{ a: "no", b: "on", c: "YES", d: "2020-01-01", e: "12:30", f: 3, g: true, h: null, 1: "one" },
      "<<": "x",
    });
  });

  it.each([
    ["a custom tag", "a: 1\nb: !thing 2", ["malformed_yaml 2:4"]],
    ["a tag that makes no JSON", "a: !!binary aGk=", ["malformed_yaml 1:4"]],
    ["a key that stands twice", "a: 1\nb: 2\na: 3", ["duplicate_key 3:1"]],
    ["one key written in two ways", "1: a\n'1': b", ["duplicate_key 2:1"]],
    ["an alias", "a: &x [1]\nb: *x", ["anchor 1:7", "anchor 2:4"]],
    ["an alias of what it stands in", "a: &x [*x]", ["anchor 1:7"]],
    ["a key that is a list", "? [a]\n: 1", ["malformed_yaml 1:3"]],
    ["two documents", "a: 1\n---\nb: 2", ["malformed_yaml 2:1"]],
    ["the older version", "%YAML 1.1\n---\na: no", ["malformed_yaml 1:1"]],
    ["infinity", "a: .inf", ["not_a_number 1:4"]],
    ["half a surrogate pair", 'a: "\\ud800"', ["unstorable_text 1:4"]],
    ["NUL", 'a: "\\0"', ["unstorable_text 1:4"]],
    ["a key of objects themselves", "a:\n  __proto__: {x: 1}", ["forbidden_key 2:3"]],
    ["tabs that indent", "a:\n\t- b", ["malformed_yaml 2:1"]],
  ])("%s is refused, with its place", (_what, text, found) => expect(codes(text)).toEqual(found));

  it("is limited in depth and size, however it is written", () => {
    const deep = (depth: number) => `a: ${"[".repeat(depth)}1${"]".repeat(depth)}`;
    expect(codes(deep(limits.bodyDepth - 1))).toEqual([]);
    expect(codes(deep(limits.bodyDepth + 1)).join()).toMatch(/^too_deep/);
    expect(codes("- ".repeat(100_000)).join()).toMatch(/^(too_deep|malformed_yaml)/);
    expect(codes(`a: ${"x".repeat(limits.yamlBytes)}`)).toEqual(["too_large undefined:undefined"]);
  });

  it("that expands without end is refused before it does", () => {
    const levels = Array.from({ length: 30 }, (_, i) => `a${i}: &a${i} [${`*a${i - 1},`.repeat(9)}]`);
    expect(codes(["x: &a-1 [x]", ...levels].join("\n"))[0]).toBe("anchor 1:9");
  });
});

describe("a place", () => {
  const yaml = "id: x\nnodes:\n  - id: src\n    kind: source\n  - {id: load, kind: target}\n";
  const json = '{\n  "id": "x",\n\t"nodes": [\n    {"id": "src"}\n  ]\n}';
  it.each<[DocumentFormat, string, string, object]>([
    ["yaml", yaml, "/nodes/0/kind", { line: 4, column: 5 }],
    ["yaml", yaml, "/nodes/1/id", { line: 5, column: 6 }],
    ["yaml", yaml, "/nodes/1/schema", { line: 5, column: 5 }],
    ["yaml", yaml, "", { line: 1, column: 1 }],
    ["json", json, "/nodes/0/id", { line: 4, column: 6 }],
    ["json", json, "/nodes/7", { line: 3, column: 2 }],
  ])("in %s is found by its pointer, or what is around it", (format, text, path, place) => {
    const issue = { code: "c", path, message: "m" };
    expect(withPlaces([issue], parseDocument(text, format))).toEqual([{ ...issue, ...place }]);
  });
});

describe("JSON", () => {
  it("says where it breaks", () => {
    expect(codes('{"a": 1,\n "b" 2}', "json")).toEqual(["malformed_json 2:6"]);
    expect(codes('{"a": 1, "a": 2}', "json")).toEqual(["duplicate_key undefined:undefined"]);
  });
});

it("never repeats a secret that stands where it breaks", () => {
  for (const [text, format] of [
    ['{"password": "hunter22hunter" x}', "json"],
    ["a: {password: hunter22hunter\nb: [", "yaml"],
    ["a: {pin: hunter22hunter\nb: [", "yaml"],
    ["a: !odd hunter22hunter", "yaml"],
    ["password: hunter22hunter\npassword: hunter22hunter", "yaml"],
  ] as const)
    expect(JSON.stringify(parseDocument(text, format))).not.toContain("hunter22hunter");
});

it("tells a format by a file's name", () => {
  expect(["a.yml", "b.YAML", "c.json", "d.txt"].map(formatOfFile)).toEqual([
    ...["yaml", "yaml", "json"],
    undefined,
  ]);
});
