import { describe, expect, it } from "vitest";
import type { Told } from "#lib/proposals/schema.ts";
import { toldWords } from "./told-words.ts";

/** Noon of a day where the reader is, wherever that is. */
const noon = (day: string) => new Date(`${day}T12:00:00`);
const NOW = noon("2026-11-22");
const READER = { id: "u_1", name: "Reader" };
const told: Told = {
  proposalId: "p_1",
  runId: null,
  outcome: "rejected",
  asked: "mask email",
  reason: "support needs it",
  at: noon("2026-05-03").toISOString(),
  by: "u_1",
};

const said = (change: Partial<Told>, because = true) => {
  const { before, about, after } = toldWords({ ...told, ...change }, READER, NOW, because);
  return `${before} ${about} ${after}`;
};

describe("toldWords", () => {
  it("tells what the reader decided as their own, with the day and the reason", () => {
    expect(said({})).toBe("Because you rejected “mask email” on 3 May: support needs it");
    expect(said({ by: "Reader", outcome: "applied", reason: null })).toBe(
      "Because you applied “mask email” on 3 May",
    );
  });

  it("names others, and the year where it is another", () => {
    expect(said({ by: "Someone else", at: noon("2025-05-03").toISOString() })).toBe(
      "Because Someone else rejected “mask email” on 3 May 2025: support needs it",
    );
  });

  it("tells a failed run without a person", () => {
    expect(said({ outcome: "failed_run", asked: "run of version 3", reason: "check: 12 rows" })).toBe(
      "Because the run of version 3 failed on 3 May: check: 12 rows",
    );
  });

  it("reminds only, where the answer did not look at it", () => {
    expect(said({}, false)).toBe("You rejected “mask email” on 3 May: support needs it");
    expect(said({ by: "Someone else", reason: null }, false)).toBe(
      "Someone else rejected “mask email” on 3 May",
    );
    expect(said({ outcome: "failed_run", asked: "run of version 3", reason: null }, false)).toBe(
      "The run of version 3 failed on 3 May",
    );
  });

  it("shortens a long request to one line", () => {
    const { about } = toldWords({ ...told, asked: `a\n${"b".repeat(200)}` }, READER, NOW, true);
    expect(about).toHaveLength(92);
    expect(about).toMatch(/^“a b+…”$/);
  });
});
