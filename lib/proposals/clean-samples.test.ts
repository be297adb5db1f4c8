import { describe, expect, test } from "vitest";
import type { PipelineIr } from "#lib/ir/schema.ts";
import { cleanSamples } from "./clean-samples.ts";

const document = (ops: object[]): PipelineIr =>
  ({
    kind: "pipeline",
    version: "1.0",
    id: "orders",
    metadata: { name: "orders" },
    nodes: [
      {
        ...{ id: "src", kind: "source", connector: "local_fs" },
        config: { path: "/tmp/a.csv", format: { type: "csv" } },
      },
      { id: "shape", kind: "transform", input: "src", ops },
      { id: "load", kind: "target", input: "shape", schema: "demo.orders", loadMode: "append" },
    ],
  }) as PipelineIr;

const masking = document([
  { op: "mask_pii", field: "email", strategy: "redact" },
  { op: "hash", field: "card" },
]);
const clean = (sample: unknown, ...documents: PipelineIr[]) =>
  cleanSamples([typeof sample === "string" ? sample : JSON.stringify(sample)], documents).map((text) =>
    text.startsWith("{") || text.startsWith("[") ? JSON.parse(text) : text,
  );

describe("cleanSamples", () => {
  test("takes the values of masked and hashed fields, at any depth and however they are written", () => {
    expect(
      clean({ node: "n", row: { id: 1, Email: "a@b.c", inner: [{ card: { no: 4111 } }] } }, masking),
    ).toEqual([{ node: "n", row: { id: 1, Email: "***", inner: [{ card: "***" }] } }]);
  });

  test("takes them from a reason that quotes one, and from a field that holds a copy", () => {
    expect(
      clean({ reason: "a@b.c is no address", row: { email: "a@b.c", copy: 4111, card: 4111 } }, masking),
    ).toEqual([{ reason: "*** is no address", row: { email: "***", copy: "***", card: "***" } }]);
  });

  test("a short value goes where it stands alone, not out of every word", () => {
    expect(clean({ node: "n1", row: { card: "1", id: 1, on: true } }, masking)).toEqual([
      { node: "n1", row: { card: "***", id: "***", on: true } },
    ]);
  });

  test("leaves out a sample that is no JSON and names such a field, and keeps one that does not", () => {
    expect(clean("1;EMAIL=a@b.c", masking)).toEqual([]);
    expect(clean('{"email":"a@b.c', masking)).toEqual([]);
    expect(clean("1;open", masking)).toEqual(["1;open"]);
  });

  test("what either document hides is hidden; where none does a sample stays as it is, without secrets", () => {
    expect(clean({ email: "a@b.c" }, document([]), masking)).toEqual([{ email: "***" }]);
    expect(clean({ email: "a@b.c" }, document([]))).toEqual([{ email: "a@b.c" }]);
    expect(cleanSamples([`key sk-${"a".repeat(30)}`], [document([])]).join()).not.toContain("aaaa");
  });

  test("a document that cannot be compiled lets none through", () => {
    const broken = document([{ op: "cast", field: "id", to: "no type" }]);
    expect(clean({ id: 1 }, broken)).toEqual([]);
  });
});
