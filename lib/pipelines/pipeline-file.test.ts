import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalText, parsePipelineIR } from "#lib/ir/index.ts";
import type { PipelineIr } from "#lib/ir/schema.ts";
import { parseDocument } from "#lib/parse-document.ts";
import { ordersIr } from "#tests/pipeline-documents.ts";
import { pipelineJson, pipelineYaml } from "./pipeline-file.ts";

/** Texts that files have trouble with, beside any others. */
const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 30 }),
  fc.string({ unit: "binary", maxLength: 12 }).filter((one) => one.isWellFormed() && !one.includes("\0")),
  fc.constantFrom(
    ...["no", "on", "~", "null", "", " ", "12:30", "0x1f", "1e3", "2020-01-01", "- a", "? b", "# c", "a: b"],
    ...[
      "a\nb",
      "a\n\nb\n",
      " a\n b\n",
      "\ta",
      "a ",
      "'",
      '"',
      "%YAML",
      "---",
      "...",
      "&a",
      "*a",
      "!t",
      "|",
      ">",
    ],
    ...[
      "\u0085",
      "\u2028x",
      "\ufeff",
      "\r\n",
      "a\r",
      "\u007f",
      "<<",
      "x".repeat(300),
      "{a: 1}",
      "[1]",
      "@",
      "`",
    ],
  ),
);
const key = text.filter((one) => one !== "__proto__");
const name = text.filter((one) => one.length > 0 && one.length <= 200);
const cell = fc.oneof(
  text,
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
);
const op = fc.oneof(
  fc.record({ op: fc.constant("filter"), expr: text.filter(Boolean) }),
  fc.record({ op: fc.constant("add_field"), field: name, value: cell }),
  fc.record({ op: fc.constant("rename"), from: name, to: name }),
  fc.record({
    op: fc.constant("map_values"),
    field: name,
    mapping: fc.dictionary(key, cell, { maxKeys: 4 }),
  }),
  fc.record({ op: fc.constant("split"), field: name, separator: name, into: fc.tuple(name, name) }),
);
const pipeline = fc.record({
  metadata: fc.record({ name, description: text, tags: fc.array(fc.constantFrom("a", "no", "1", "x y")) }),
  ops: fc.array(op, { minLength: 1, maxLength: 4 }),
});

describe("a pipeline's file", () => {
  it("says the same again when it is read, in either format, whatever stands in its texts", () => {
    let accepted = 0;
    fc.assert(
      fc.property(pipeline, ({ metadata, ops }) => {
        const whole = ordersIr("orders");
        const nodes = [...(whole.nodes as object[]), { id: "t", kind: "transform", input: "src", ops }];
        const parsed = parsePipelineIR({ ...whole, metadata, nodes }, { strength: "saved" });
        if (!parsed.ok) return;
        accepted += 1;
        for (const [format, file] of [
          ["json", pipelineJson(parsed.ir)],
          ["yaml", pipelineYaml(parsed.ir, 3)],
        ] as const) {
          const read = parseDocument(file, format);
          expect(read).toMatchObject({ ok: true });
          expect(canonicalText(read.ok && read.value)).toBe(canonicalText(parsed.ir));
        }
      }),
      { numRuns: 500 },
    );
    expect(accepted).toBeGreaterThan(200);
  });

  it("is the same text however a database orders the keys", () => {
    const ir = ordersIr("orders") as PipelineIr;
    const turned = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(turned);
      if (typeof value !== "object" || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([name, inner]) => [name, turned(inner)]),
      );
    };
    const other = turned(ir) as PipelineIr;
    expect(pipelineYaml(other, 1)).toBe(pipelineYaml(ir, 1));
    expect(pipelineJson(other)).toBe(pipelineJson(ir));
  });

  it("quotes what an older reader would take for something else", () => {
    const ir = {
      ...ordersIr("orders"),
      metadata: { name: "no", tags: ["on", "12:30", "plain"] },
    } as PipelineIr;
    const text = pipelineYaml(ir, 1);
    for (const line of ['name: "no"', '- "on"', '- "12:30"', "- plain"]) expect(text).toContain(line);
  });

  it("is readable: block style, canonical order, what it is on top", () => {
    const ir = ordersIr("orders-daily", { schedule: { kind: "cron", expression: "0 6 * * *" } });
    expect(
      pipelineYaml(ir as PipelineIr, 3)
        .split("\n")
        .slice(0, 14),
    ).toEqual([
      "# Penstock pipeline: orders-daily",
      "# Version: 3",
      "",
      "kind: pipeline",
      'version: "1.0"',
      "id: orders-daily",
      "metadata:",
      "  name: orders-daily",
      "schedule:",
      "  kind: cron",
      "  expression: 0 6 * * *",
      "nodes:",
      "  - id: src",
      "    kind: source",
    ]);
  });
});
