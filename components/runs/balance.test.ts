import { expect, test } from "vitest";
import type { Ledger } from "#lib/runs/schema.ts";
import { balance, balanceText } from "./balance.ts";

const ledger = (part: Partial<Ledger>): Ledger => ({
  balanced: true,
  read: 0,
  loaded: 0,
  rejected: 0,
  filtered: 0,
  deduplicated: 0,
  unmatched: 0,
  nodes: {},
  edges: [],
  ...part,
});

test("a linear run reads as an equation", () => {
  expect(balanceText(ledger({ read: 1461, loaded: 1450, rejected: 11 }))).toBe(
    "read 1,461 = loaded 1,450 + rejected 11",
  );
});

test("no rows still balance", () => {
  expect(balanceText(ledger({}))).toBe("read 0 = loaded 0");
});

test("where rows fork, the sum is not claimed", () => {
  const forked = ledger({ read: 10, loaded: 20 });
  expect(balance(forked).adds).toBe(false);
  expect(balanceText(forked)).toBe("read 10, loaded 20");
});
