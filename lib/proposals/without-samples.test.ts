import { expect, test } from "vitest";
import { withoutSamples } from "./without-samples.ts";

const document = { nodes: [{ id: "shape-orders", columns: ["order_status"] }] };

test.each([
  ["a value", ['{"row":{"iban":"DE02120300000000202051"}}'], "DE02120300000000202051 fails.", "*** fails."],
  ["a number", ['{"row":{"account":4712345678}}'], "Row 4712345678 fails", "Row *** fails"],
  ["a value within", ['{"a":[{"b":"cinnabar 4471"}]}'], "“cinnabar 4471!” is odd", "“***!” is odd"],
  ["the longer of two", ['{"a":"cinnabar","b":"cinnabar-4471"}'], "cinnabar-4471, cinnabar", "***, ***"],
  ["what is no JSON", ["x;cinnabar-4471;y"], "cinnabar-4471", "***"],
])("%s does not stay in a rationale", (_title, samples, said, kept) => {
  expect(withoutSamples(said, samples, document)).toBe(kept);
});

test("short values, and what the document says itself, stay", () => {
  const samples = ['{"node":"shape-orders","row":{"order_status":"open","note":"order_status"}}'];
  const said = "shape-orders casts order_status, which is open.";
  expect(withoutSamples(said, samples, document)).toBe(said);
});
