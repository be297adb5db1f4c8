import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { pauseAfter } from "./back-off.ts";
import { webhookHeaders } from "./sign.ts";

const at = new Date("2021-02-25T21:37:57.831Z");
const body = '{"test": 2432232314}';

test("signs as the Standard Webhooks reference libraries do", () => {
  // The example of the reference implementations' own tests.
  const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  expect(
    webhookHeaders({ id: "msg_p5jXN8AQM9LWM0D4loKWxJek", body, at: new Date(1_614_265_330_000) }, secret),
  ).toEqual({
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  });
});

test("takes a key as text too, and leaves the signature away without one", () => {
  const headers = webhookHeaders({ id: "m", body, at }, "a key of my own choice");
  const wanted = createHmac("sha256", "a key of my own choice")
    .update(`m.1614289077.${body}`)
    .digest("base64");
  expect(headers["webhook-signature"]).toBe(`v1,${wanted}`);
  expect(webhookHeaders({ id: "m", body, at }, undefined)).not.toHaveProperty("webhook-signature");
});

test("waits longer after each attempt, a little by chance, and gives up after about a day", () => {
  const pauses = [1, 2, 3, 4, 5, 6].map((attempt) => pauseAfter(attempt, () => 0.5) ?? 0);
  expect(pauses).toEqual([30_000, 120_000, 600_000, 3_600_000, 21_600_000, 57_600_000]);
  expect(pauses.reduce((a, b) => a + b) / 3_600_000).toBeCloseTo(23.2, 1);
  expect(pauseAfter(7)).toBeUndefined();
  expect([pauseAfter(1, () => 0), pauseAfter(1, () => 1)]).toEqual([27_000, 33_000]);
});
