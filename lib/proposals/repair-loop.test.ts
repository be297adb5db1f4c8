import { expect, it } from "vitest";
import type { GeneratedPatch } from "#lib/model/index.ts";
import { nothingSpent, type RefusedAttempt, repairLoop } from "./repair-loop.ts";

const issue = (message: string) => ({ code: "x", path: "/nodes/0", message });
const patch = (path: string) => [{ op: "remove" as const, path }];
const valid = (path: string): GeneratedPatch => ({
  ok: true,
  tokens: 5,
  usage: { inputTokens: 3, outputTokens: 2 },
  text: path,
  rationale: path,
  patch: patch(path),
});
const spoiled: GeneratedPatch = {
  ok: false,
  tokens: 3,
  usage: { inputTokens: 2, outputTokens: 1 },
  text: "prose",
  issues: [issue("no patch")],
};

async function run(answers: (GeneratedPatch | Error)[]) {
  const told: RefusedAttempt[][] = [];
  const spent = nothingSpent();
  const events = repairLoop<string>({
    attempts: 3,
    spent,
    // biome-ignore lint/correctness/useYield: a model that answers in one piece
    generate: async function* (refused) {
      told.push([...refused]);
      const answer = answers.shift() ?? expect.fail("asked once too often");
      if (answer instanceof Error) throw answer;
      return answer;
    },
    check: ([op]) =>
      op?.path === "/good" ? { ok: true, value: "done" } : { ok: false, issues: [issue("bad path")] },
  });
  const states: string[] = [];
  let event = await events.next();
  while (!event.done) {
    if (event.value.type === "attempt") states.push(`${event.value.data.n} ${event.value.data.state}`);
    event = await events.next();
  }
  return { result: event.value, states, told, spent };
}

it("takes the first that passes", async () => {
  const { result, states, spent } = await run([valid("/good")]);
  expect(result).toEqual({ ok: true, rationale: "/good", retries: 0, value: "done" });
  expect(states).toEqual(["1 generating", "1 checking", "1 accepted"]);
  expect(spent.tokens).toBe(5);
});

it("tells every refusal so far to the next attempt", async () => {
  const { result, told, spent } = await run([spoiled, valid("/bad"), valid("/good")]);
  expect(result).toMatchObject({ ok: true, retries: 2 });
  expect(told[2]).toEqual([
    { text: "prose", issues: [issue("no patch")] },
    { text: "/bad", issues: [issue("bad path")] },
  ]);
  expect(spent.tokens).toBe(13);
});

it("gives up after the last attempt, with its issues", async () => {
  const { result } = await run([spoiled, spoiled, valid("/bad")]);
  expect(result).toMatchObject({ ok: false, retries: 2, issues: [issue("bad path")] });
});

it("says nothing before a provider that is down throws, and keeps what was spent before", async () => {
  await expect(run([new Error("down")])).rejects.toThrow("down");
  const spent = nothingSpent();
  const answers = [spoiled];
  const events = repairLoop({
    attempts: 3,
    spent,
    // biome-ignore lint/correctness/useYield: a model that answers in one piece
    generate: async function* () {
      const answer = answers.shift();
      if (!answer) throw new Error("down");
      return answer;
    },
    check: () => ({ ok: true, value: 1 }),
  });
  const drained = async () => {
    for await (const _event of events);
  };
  await expect(drained()).rejects.toThrow("down");
  expect(spent).toMatchObject({ attempts: 2, tokens: 3 });
});
