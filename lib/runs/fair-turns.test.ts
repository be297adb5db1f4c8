import { describe, expect, it } from "vitest";
import { FairTurns } from "./fair-turns.ts";

const of = (tenantId: string, count: number, from = 0) =>
  Array.from({ length: count }, (_, at) => ({ tenantId, runId: `${tenantId}${from + at}` }));
const idle = { underWay: new Map<string, number>(), most: () => 10 };

describe("fair turns", () => {
  it("go round the tenants, each in its own order", () => {
    const chosen = new FairTurns().choose([...of("a", 9), ...of("b", 2), ...of("c", 1)], idle, 6);
    expect(chosen).toEqual(["a0", "b0", "c0", "a1", "b1", "a2"]);
  });

  it("give a tenant no more than it may have at once, counting what is under way", () => {
    const load = {
      underWay: new Map([["a", 2]]),
      most: (tenant: string) => (tenant === "a" ? 3 : 1),
    };
    expect(new FairTurns().choose([...of("a", 5), ...of("b", 5)], load, 10)).toEqual(["b0", "a0"]);
  });

  it("go first to whom has the least under way", () => {
    const load = { ...idle, underWay: new Map([["a", 3]]) };
    expect(new FairTurns().choose([...of("a", 3), ...of("b", 3)], load, 3)).toEqual(["b0", "b1", "b2"]);
  });

  it("alternate between tenants that are always busy, one run at a time", () => {
    const turns = new FairTurns();
    const taken = Array.from({ length: 6 }, (_, at) => {
      const [run] = turns.choose([...of("flood", 500, at), ...of("steady", 1, at)], idle, 1);
      return run?.replace(/\d+/, "");
    });
    expect(taken).toEqual(["flood", "steady", "flood", "steady", "flood", "steady"]);
  });

  it("choose nothing where there is no room, or nothing waits", () => {
    expect(new FairTurns().choose(of("a", 1), idle, 0)).toEqual([]);
    expect(new FairTurns().choose([], idle, 5)).toEqual([]);
  });
});
