import { describe, expect, it } from "vitest";
import {
  type AssistantTurn,
  addTurn,
  emptyConversation,
  questionOf,
  type UserTurn,
  withAttempt,
  withDraft,
} from "./conversation.ts";

const question = (id: string): UserTurn => ({ role: "user", id, text: `text of ${id}` });
const answer = (id: string): AssistantTurn => ({ role: "assistant", id, state: "running", attempts: [] });

describe("withDraft", () => {
  const picked = { key: "column:orders.id", name: "orders.id" };

  it("keeps what was picked while the draft holds its name", () => {
    const before = withDraft(emptyConversation, "drop @orders.id ", picked);
    expect(before.mentions).toEqual([picked]);
    expect(withDraft(before, "drop @orders.id now").mentions).toEqual([picked]);
    expect(withDraft(before, "drop @orders.i")).toEqual({ turns: [], draft: "drop @orders.i" });
  });
});

describe("withAttempt", () => {
  it("puts a later word about an attempt in the place of the earlier one", () => {
    const first = withAttempt(answer("a"), { n: 1, of: 3, state: "generating", errors: [] });
    const then = withAttempt(first, { n: 1, of: 3, state: "checking", errors: [] });
    expect(then.attempts.map(({ state }) => state)).toEqual(["checking"]);
  });

  it("takes back what a refused attempt wrote", () => {
    const writing = { ...answer("a"), partial: "Drops email." };
    expect(withAttempt(writing, { n: 1, of: 3, state: "checking", errors: [] }).partial).toBe("Drops email.");
    expect(withAttempt(writing, { n: 1, of: 3, state: "refused", errors: [] })).not.toHaveProperty("partial");
  });
});

describe("questionOf", () => {
  it("finds what was said right before an answer, also above another answer", () => {
    const talk = addTurn(
      emptyConversation,
      question("q1"),
      answer("a1"),
      question("q2"),
      answer("a2"),
      answer("a3"),
    );
    expect(questionOf(talk, "a1")?.id).toBe("q1");
    expect(questionOf(talk, "a3")?.id).toBe("q2");
    expect(questionOf(addTurn(emptyConversation, answer("a")), "a")).toBeUndefined();
  });
});
