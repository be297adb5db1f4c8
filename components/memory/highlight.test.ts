import { describe, expect, it } from "vitest";
import { excerptOf, markWords } from "./highlight.ts";

const hits = (text: string, query: string) =>
  markWords(text, query).flatMap(({ text: word, hit }) => (hit ? [word] : []));

describe("markWords", () => {
  it("marks whole words, in any case, and words of the same stem", () => {
    expect(hits("Retries of the late order; ordering retried.", "retry ORDERS")).toEqual([
      "Retries",
      "order",
      "ordering",
      "retried",
    ]);
  });

  it("does not mark parts of words", () => {
    expect(hits("The cathedral is not a cat", "cat")).toEqual(["cat"]);
  });

  it("gives the text back piece by piece", () => {
    const text = "größe (größe) — wie groß?";
    expect(
      markWords(text, "groß")
        .map((piece) => piece.text)
        .join(""),
    ).toBe(text);
    expect(markWords(text, "")).toEqual([{ text, hit: false }]);
  });
});

describe("excerptOf", () => {
  it("shows the surroundings of the first match of a long text", () => {
    const text = `${"filler ".repeat(200)}needle ${"tail ".repeat(200)}`;
    const excerpt = excerptOf(text, "needle");
    expect(excerpt).toContain("needle");
    expect(excerpt.length).toBeLessThan(340);
    expect(excerpt.startsWith("… ")).toBe(true);
    expect(excerpt.endsWith(" …")).toBe(true);
  });

  it("begins at the beginning when nothing matches", () => {
    expect(excerptOf("word ".repeat(200), "absent").startsWith("word")).toBe(true);
  });
});
