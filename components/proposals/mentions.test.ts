import { describe, expect, it } from "vitest";
import { type Candidate, insertMention, matching, mentionAt, mentionsIn, pieces } from "./mentions.ts";

describe("mentionAt", () => {
  it("finds the mention that the caret is in", () => {
    expect(mentionAt("drop @ord", 9)).toEqual({ start: 5, query: "ord" });
    expect(mentionAt("@", 1)).toEqual({ start: 0, query: "" });
    expect(mentionAt("(@a.b", 5)).toEqual({ start: 1, query: "a.b" });
    expect(mentionAt("drop @orders now", 9)).toEqual({ start: 5, query: "ord" });
  });

  it("finds none in an address of e-mail, after a blank, or before the @", () => {
    expect(mentionAt("mail a@b", 8)).toBeUndefined();
    expect(mentionAt("drop @ord now", 13)).toBeUndefined();
    expect(mentionAt("drop @ord", 5)).toBeUndefined();
    expect(mentionAt(`@${"x".repeat(200)}`, 201)).toBeUndefined();
  });
});

describe("insertMention", () => {
  it("puts the name in the place of what was typed, with a blank behind it", () => {
    expect(insertMention("drop @ord", { start: 5, query: "ord" }, "orders.id")).toEqual({
      text: "drop @orders.id ",
      caret: 16,
    });
    expect(insertMention("drop @ord please", { start: 5, query: "ord" }, "orders")).toEqual({
      text: "drop @orders please",
      caret: 13,
    });
  });
});

describe("mentionsIn", () => {
  const node = { key: "orders", name: "orders" };
  const column = { key: "column:orders.id", name: "orders.id" };

  it("keeps what the text still holds, each once", () => {
    expect(mentionsIn("drop @orders.id, then @orders", [node, column, node])).toEqual([node, column]);
    expect(mentionsIn("drop it", [node])).toEqual([]);
  });

  it("does not take a longer name for a shorter one", () => {
    expect(mentionsIn("drop @orders.id", [node, column])).toEqual([column]);
    expect(mentionsIn("drop @orders_2", [node])).toEqual([]);
    expect(mentionsIn("drop @orders. Then run.", [node])).toEqual([node]);
  });
});

describe("matching", () => {
  const list: Candidate[] = [
    { key: "run:1", name: "run-1", kind: "run", detail: "failed, order_id" },
    { key: "load_orders", name: "load_orders", kind: "node" },
    { key: "column:o.reorder", name: "o.reorder", kind: "column" },
    { key: "orders", name: "orders", kind: "node" },
  ];

  it("puts names that begin with it first, and leaves out what does not fit", () => {
    expect(matching(list, "Order", 9).map(({ key }) => key)).toEqual([
      "orders",
      "load_orders",
      "column:o.reorder",
      "run:1",
    ]);
    expect(matching(list, "zzz", 9)).toEqual([]);
  });

  it("offers everything, in its order, before anything is typed", () => {
    expect(matching(list, "", 2).map(({ key }) => key)).toEqual(["run:1", "load_orders"]);
  });
});

describe("pieces", () => {
  it("tells mentions from the text between them", () => {
    const mentions = [
      { key: "a", name: "a" },
      { key: "column:a.b", name: "a.b" },
    ];
    expect(pieces("drop @a.b of @a!", mentions)).toEqual([
      { text: "drop ", mention: false },
      { text: "@a.b", mention: true },
      { text: " of ", mention: false },
      { text: "@a", mention: true },
      { text: "!", mention: false },
    ]);
    expect(pieces("plain", [])).toEqual([{ text: "plain", mention: false }]);
  });
});
