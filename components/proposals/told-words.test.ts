import { describe, expect, it } from "vitest";
import type { Told } from "#lib/proposals/schema.ts";
import { toldWords } from "./told-words.ts";

const NOW = new Date("2026-11-22T12:00:00Z");
const READER = { id: "u_1", name: "Reader" };
const told: Told = {
  proposalId: "p_1",
  runId: null,
  outcome: "rejected",
  asked: "mask email",
  reason: "support needs it",
  at: "2026-05-03T12:00:00Z",
  by: "u_1",
};

const said = (change: Partial<Told>) => {
  const { before, asked, after } = toldWords({ ...told, ...change }, READER, NOW);
  return `${before} “${asked}” ${after}`;
};

describe("toldWords", () => {
  it("tells what the reader decided as their own, with the day and the reason", () => {
    expect(said({})).toBe("Because you rejected “mask email” on 3 May: support needs it");
    expect(said({ by: "Reader", outcome: "applied", reason: null })).toBe(
      "Because you applied “mask email” on 3 May",
    );
  });

  it("names others, and the year where it is another", () => {
    expect(said({ by: "Someone else", at: "2025-05-03T12:00:00Z" })).toBe(
      "Because Someone else rejected “mask email” on 3 May 2025: support needs it",
    );
  });

  it("tells a failed run without a person", () => {
    expect(said({ outcome: "failed_run", reason: "12 rows" })).toBe(
      "Because a run failed after “mask email” on 3 May: 12 rows",
    );
  });

  it("shortens a long request to one line", () => {
    const { asked } = toldWords({ ...told, asked: `a\n${"b".repeat(200)}` }, READER, NOW);
    expect(asked).toHaveLength(90);
    expect(asked).toMatch(/^a b+…$/);
  });
});
