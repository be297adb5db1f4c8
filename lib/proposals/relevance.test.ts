import { expect, test } from "vitest";
import { nodesNamed, shared, topicsOf } from "./relevance.ts";

test("a text is about its words, not about what every request says", () => {
  expect([...topicsOf("Please add the Emails to the table of starbucks-orders")]).toEqual([
    ...["email", "starbucks-order", "starbuck", "order"],
  ]);
  expect([...topicsOf("メール隠す")]).toEqual(["メー", "ール", "ル隠", "隠す"]);
  expect([...topicsOf("Größe der Bestellung")]).toContain("größe");
  expect(topicsOf("the and a to").size).toBe(0);
});

test("a node counts as two words, and words have their limit", () => {
  const subject = (text: string, ...nodes: string[]) => ({ topics: topicsOf(text), nodes: new Set(nodes) });
  expect(shared(subject("mask email"), subject("drop the email column"))).toBe(1);
  expect(shared(subject("mask email", "load"), subject("nothing alike", "load"))).toBe(2);
  const long = subject("one two three four five six seven eight nine ten eleven");
  expect(shared(long, long)).toBe(6);
});

test("a node is named by a whole word", () => {
  expect(nodesNamed("keep src, not load-eu.", ["src", "load", "load-eu", "rc"])).toEqual(["src", "load-eu"]);
});
