import { describe, expect, it } from "vitest";
import { limits } from "#lib/limits.ts";
import type { QuarantinedRow } from "#lib/runtime/schema.ts";
import { fixMessage, fixSamples, runMention } from "./fix-message.ts";

const RUN = { runId: "0199aa11-2222-7333-8444-5555abcd1234", pipelineVersion: 3 };
const ERROR = { code: "rule_failed", message: "12 rows have no id", nodeId: "check", rule: "id_not_null" };

const row = (change: Partial<QuarantinedRow>): QuarantinedRow => ({
  id: "q",
  state: "waiting",
  nodeId: "check",
  rule: "id_not_null",
  reason: "it is empty",
  rowNumber: 1,
  row: { id: null, email: "person@example.com" },
  edited: null,
  columns: null,
  masked: [],
  editedBy: null,
  editedAt: null,
  replay: null,
  resolvedAt: null,
  createdAt: "2026-01-01T00:00:00Z",
  expiresAt: "2026-02-01T00:00:00Z",
  ...change,
});

type Sample = { node: string; reason?: string; row: Record<string, unknown>; columnsLeftOut?: number };
const rowsOf = (samples: string[]) => samples.map((line) => JSON.parse(line) as Sample);

describe("fixMessage", () => {
  it("tells the run, the node, the rule and the error, and points at the run", () => {
    const message = fixMessage(RUN, { ...ERROR, hint: "Look at the file." });
    expect(message).toContain("@run-abcd1234 of version 3 failed at node check, rule id_not_null.");
    expect(message).toContain("Error rule_failed: 12 rows have no id\nLook at the file.");
    expect(runMention(RUN.runId)).toEqual({ key: `run:${RUN.runId}`, name: "run-abcd1234" });
  });

  it("stays within the length of a message", () => {
    const message = fixMessage(RUN, { ...ERROR, message: "y".repeat(20_000), hint: "z".repeat(20_000) });
    expect(message.length).toBeLessThanOrEqual(limits.messageChars);
    expect(message).toMatch(/say why none would\.$/);
  });
});

describe("fixSamples", () => {
  it("takes five rejected rows at most, those of the failed node first", () => {
    const others = Array.from({ length: 4 }, () => row({ nodeId: "other" }));
    const rows = rowsOf(fixSamples(ERROR, [...others, row({}), row({})], []));
    expect(rows.map(({ node }) => node)).toEqual(["check", "check", "other", "other", "other"]);
  });

  it("never tells the value of a masked field, whoever says that it is one", () => {
    const told = fixSamples(
      ERROR,
      [
        row({ masked: ["id"], row: { id: "secret-1", email: "secret-2" } }),
        row({ reason: "email secret-2 is no address", row: { email: "secret-2" } }),
      ],
      ["email"],
    );
    expect(told.join()).not.toContain("secret-");
    expect(rowsOf(told)[0]?.row).toEqual({ id: "***", email: "***" });
  });

  it("stays within the length of a sample and is JSON, whatever the values", () => {
    const wide = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`c${at}`, "x".repeat(500)]));
    const samples = fixSamples(ERROR, [row({ row: wide, reason: "y".repeat(20_000) })], []);
    expect(samples[0]?.length).toBeLessThanOrEqual(limits.sampleChars);
    const [sample] = rowsOf(samples);
    const shown = Object.keys(sample?.row ?? {}).length;
    expect(shown).toBeGreaterThan(5);
    expect(sample?.columnsLeftOut).toBe(30 - shown);
  });
});
