import { describe, expect, it } from "vitest";
import { withoutMentions } from "./mentions.ts";
import type { Names } from "./names.ts";
import { plainWords } from "./plain-words.ts";
import { columnsBefore, withReferences, withTopic, withVerb } from "./references.ts";
import { correctWords } from "./spelling.ts";

const names: Names = {
  columns: ["email", "phone", "notes", "skip"],
  nodes: ["src", "stores", "load"],
  tables: ["sales.orders"],
  sources: ["shop"],
  read: [],
  destinations: ["analytics"],
};

describe("plain words", () => {
  it.each([
    ["pls get rid of the phone number", "remove phone"],
    ["gdpr: hide email", "mask email"],
    ["write to analytics", "write to the analytics destination"],
    ["dont keep notes", "don't keep notes"],
    ["expect 1000+ rows", "expect at least 1000 rows"],
    ["retry twice", "retry 2 times"],
  ])("%s", (written, plain) => expect(plainWords(written, names)).toBe(plain));

  it("leaves names and quoted texts as they are", () => {
    expect(plainWords("mask skip", names)).toBe("mask skip");
    expect(plainWords("use 'get rid of' where notes is missing", names)).toContain("'get rid of'");
  });
});

describe("what is pointed at", () => {
  it("is its plain name, and the node it belongs to", () => {
    expect(withoutMentions("mask @email", names)).toEqual({ text: "mask email", nodes: [] });
    expect(withoutMentions("mask @src.email", names)).toEqual({ text: "mask email", nodes: ["src"] });
    expect(withoutMentions("write @load to @sales.orders", names).text).toBe("write load to sales.orders");
  });

  it("keeps its node beside it where there are several", () => {
    expect(withoutMentions("mask @src.email and @stores.phone", names).text).toBe(
      "mask email in src and phone in stores",
    );
  });

  it("is not what only stands behind an @", () => {
    expect(withoutMentions("email ends with @example.org", names).text).toBe("email ends with @example.org");
  });
});

describe("references", () => {
  it("are to the columns of the last clause that names any, by their new names", () => {
    expect(columnsBefore("drop notes, mask email and ", names)).toEqual(["email"]);
    expect(columnsBefore("rename notes to remarks, ", names)).toEqual(["remarks"]);
  });

  it("are put in only where one thing can be meant", () => {
    expect(withReferences("hash it", () => ["email"])).toBe("hash email");
    expect(withReferences("hash it", () => ["email", "phone"])).toBeUndefined();
    expect(withReferences("hash them", () => ["email", "phone"])).toBe("hash email and phone");
  });

  it("repeat a verb for a column, never for another word", () => {
    expect(withVerb("phone to string", "cast email to text and ", names)).toBe("cast phone to string");
    expect(withVerb("tomorrow to string", "cast email to text and ", names)).toBeUndefined();
  });

  it("are to the topic in front", () => {
    expect(withTopic("email: mask it", names)).toContain("mask email");
    expect(withTopic("weather: mask it", names)).toEqual([]);
  });
});

describe("slips of the keyboard", () => {
  it("are corrected in as few words as possible, and never in names", () => {
    const [first] = correctWords("renmae notes to columm", new Set(["notes"]));
    expect(first?.corrected).toHaveLength(1);
    expect(correctWords("mask emial", new Set(["email"]))).toEqual([]);
  });
});
