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

test("rows that came too late for a target are part of it", () => {
  const none = { in: 0, out: 0, rejected: 0, filtered: 0, deduplicated: 0, unmatched: 0 };
  const nodes = { src: { ...none, in: 9, out: 9 }, out: { ...none, in: 9, out: 2, inserted: 2, late: 7 } };
  expect(balanceText(ledger({ read: 9, loaded: 2, nodes }))).toBe("read 9 = loaded 2 + late 7");
});

test("no rows still balance", () => {
  expect(balanceText(ledger({}))).toBe("read 0 = loaded 0");
});

test("where rows fork, the sum is not claimed", () => {
  const forked = ledger({ read: 10, loaded: 20 });
  expect(balance(forked).adds).toBe(false);
  expect(balanceText(forked)).toBe("read 10, loaded 20");
});
