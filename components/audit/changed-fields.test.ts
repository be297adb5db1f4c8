import { expect, test } from "vitest";
import { changedFields, fieldsOf } from "./changed-fields.ts";

test("only what differs is listed, at its own place", () => {
  expect(
    changedFields({ name: "a", node: { id: 1, on: true } }, { name: "a", node: { id: 2, on: true } }),
  ).toEqual([{ path: "node.id", before: 1, after: 2 }]);
});

test("a field that came or went stands with its one side", () => {
  expect(changedFields({ old: 1 }, { fresh: { deep: 2 } })).toEqual([
    { path: "old", before: 1 },
    { path: "fresh", after: { deep: 2 } },
  ]);
});

test("null is a value, and not the same as nothing", () => {
  expect(changedFields({ a: null }, { a: 1 })).toEqual([{ path: "a", before: null, after: 1 }]);
  expect(changedFields({}, { a: null })).toEqual([{ path: "a", after: null }]);
});

test("lists are compared by place; a list is not an object", () => {
  expect(changedFields({ l: ["a", "b"] }, { l: ["a", "c", "d"] })).toEqual([
    { path: "l.1", before: "b", after: "c" },
    { path: "l.2", after: "d" },
  ]);
  expect(changedFields({ l: [] }, { l: {} })).toEqual([{ path: "l", before: [], after: {} }]);
});

test("equal values have no changes", () => {
  expect(changedFields({ a: [1, { b: null }] }, { a: [1, { b: null }] })).toEqual([]);
});

test("one side alone is laid out by its fields", () => {
  expect(fieldsOf("after", { a: 1, b: [2] })).toEqual([
    { path: "a", after: 1 },
    { path: "b", after: [2] },
  ]);
  expect(fieldsOf("before", null)).toEqual([]);
});
