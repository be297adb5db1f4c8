import { expect, test } from "vitest";
import { readProposal, shownOps } from "./read-proposal.ts";

const AFTER = {
  pipelineId: "p",
  baseVersion: 2,
  message: "drop email",
  rationale: "Drops email.",
  errors: [],
  retries: 1,
  tokensUsed: 900,
  provider: "rules",
  model: "rules",
  latencyMs: 12,
  outcome: "rejected",
  patch: [
    { op: "test", path: "/nodes/0/id", value: "a" },
    { op: "remove", path: "/nodes/0" },
    { op: "move", path: "/nodes/0", from: "/nodes/1" },
  ],
  reason: "keep it",
};

test("a proposal's row is read whole", () => {
  const read = readProposal({ entityType: "pipeline_ai_proposal", after: AFTER });
  expect(read).toMatchObject({ rationale: "Drops email.", reason: "keep it", baseVersion: 2, retries: 1 });
});

test("rows of other kinds and rows without content are none", () => {
  expect(readProposal({ entityType: "pipeline", after: AFTER })).toBeUndefined();
  expect(readProposal({ entityType: "pipeline_ai_proposal", after: null })).toBeUndefined();
});

test("guards are counted, not listed; a move tells where from", () => {
  expect(shownOps(AFTER.patch)).toEqual({
    ops: [
      { op: "remove", path: "/nodes/0", value: undefined },
      { op: "move", path: "/nodes/0", value: { from: "/nodes/1" } },
    ],
    guards: 1,
  });
});
