import { setImmediate as turn } from "node:timers/promises";
import { expect, it } from "vitest";
import { limits } from "#lib/limits.ts";
import { asDryRun } from "./dry-runs.ts";

const waitMs = 5_000;

/** Takes every place, each until it is told to leave. */
async function full() {
  const parts = Array.from({ length: limits.previewsAtOnce }, () => Promise.withResolvers<void>());
  const busy = parts.map(({ promise }, n) => asDryRun(`busy ${n}`, { waitMs }, async () => promise));
  await turn();
  return { leave: (n: number) => parts[n]?.resolve(), over: () => Promise.all(busy) };
}

it("one more than there are places waits for the first that leaves", async () => {
  const { leave, over } = await full();
  let begun = false;
  const last = asDryRun("last", { waitMs }, async () => {
    begun = true;
    return "done";
  });
  await turn();
  expect(begun).toBe(false);
  leave(1);
  expect(await last).toBe("done");
  for (let n = 0; n < limits.previewsAtOnce; n++) leave(n);
  await over();
});

it("nobody waits for ever, and who gives up takes no place", async () => {
  const { leave, over } = await full();
  const nothing = async () => expect.fail("there was no place");
  await expect(asDryRun("late", { waitMs: 5 }, nothing)).rejects.toMatchObject({ code: "overloaded" });
  const gone = new AbortController();
  const leaving = asDryRun("gone", { waitMs, signal: gone.signal }, nothing);
  gone.abort();
  await expect(leaving).rejects.toMatchObject({ code: "conflict" });
  for (let n = 0; n < limits.previewsAtOnce; n++) leave(n);
  await over();
  const again = await full();
  for (let n = 0; n < limits.previewsAtOnce; n++) again.leave(n);
  await again.over();
});

it("a place is held until what still ends has ended", async () => {
  const rest = Promise.withResolvers<void>();
  const all = Array.from({ length: limits.previewsAtOnce }, (_, n) =>
    asDryRun(`held ${n}`, { waitMs }, async (_signal, hold) => hold(rest.promise)),
  );
  await Promise.all(all);
  const late = asDryRun("late", { waitMs: 5 }, async () => "too early");
  await expect(late).rejects.toMatchObject({ code: "overloaded" });
  rest.resolve();
  expect(await asDryRun("late", { waitMs }, async () => "now")).toBe("now");
});

it("a newer one of the same key ends the older one, also after a failure", async () => {
  const older = asDryRun(
    "same",
    { waitMs },
    (signal) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
      }),
  );
  const refused = expect(older).rejects.toMatchObject({ code: "conflict" });
  const failing = asDryRun("same", { waitMs }, async () => Promise.reject(new Error("broken")));
  await expect(failing).rejects.toThrow("broken");
  await refused;
  expect(await asDryRun("same", { waitMs }, async () => 1)).toBe(1);
});
