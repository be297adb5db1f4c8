import { expect, test } from "vitest";
import type { Change } from "#lib/ir/schema.ts";
import { firstTicks, movesWith, toggleChange } from "./tick-changes.ts";

const change = (id: string, dependsOn: string[] = [], hook = false): Change => ({
  id,
  op: "add",
  path: "/nodes/0",
  label: id,
  dependsOn,
  ...(hook ? { hook } : {}),
});
const changes = [change("src"), change("check", ["src"]), change("load", ["check"]), change("schedule")];
const ids = changes.map((one) => one.id);

test("unticking takes away what needs it, and nothing else", () => {
  expect(toggleChange(changes, ids, "check")).toEqual(["src", "schedule"]);
  expect(movesWith(changes, ids, "check")).toEqual(["load"]);
});

test("ticking brings what it needs", () => {
  expect(toggleChange(changes, [], "load")).toEqual(["src", "check", "load"]);
});

test("changes that need each other move together", () => {
  const pair = [change("a", ["b"]), change("b", ["a"])];
  expect(toggleChange(pair, ["a", "b"], "a")).toEqual([]);
  expect(toggleChange(pair, [], "b")).toEqual(["a", "b"]);
});

test("a hook waits for a hand, and so does what needs it", () => {
  expect(firstTicks([change("a"), change("hook", [], true), change("b", ["hook"])])).toEqual(["a"]);
});
