import { describe, expect, test } from "vitest";
import { looksSecret, redactMessage } from "./redact-message.ts";

const R = "***REDACTED***";

describe("redactMessage", () => {
  test.each([
    ["the password is hunter2", `the password is ${R}`],
    ["Password: hunter2", `Password: ${R}`],
    ["password hunter2 and port 5432", `password ${R} and port 5432`],
    ['pwd="two words"', `pwd=${R}`],
    ["das Passwort ist geheim1", `das Passwort ist ${R}`],
    ["AWS_ACCESS_KEY_ID=abc AWS_SECRET_ACCESS_KEY=def", `AWS_ACCESS_KEY_ID=${R} AWS_SECRET_ACCESS_KEY=${R}`],
    ["postgres://u:pw123@h/d", `postgres://u:${R}@h/d`],
    ["use Zq7!canary#Leak9 there", `use ${R} there`],
    ["key AKIAABCDEFGHIJKLMNOP", `key ${R}`],
  ])("%s", (message, redacted) => {
    expect(redactMessage(message)).toBe(redacted);
  });

  test.each([
    "change the password",
    "the password is wrong",
    "I forgot the password, what now?",
    "orders and customers, every day at 6 in Berlin",
    "put orders into sales.orders_2026",
    "CustomerOrderHistory2024 and public.Orders2",
    "https://data.example.com/Exports2026/",
    "S3 bucket Landing-Zone-2026",
  ])("%s stays", (message) => {
    expect(redactMessage(message)).toBe(message);
  });

  test("values that are known go wherever they stand, written as a URL or as JSON too", () => {
    expect(redactMessage("say p/w x, p%2Fw%20x", ["p/w x"])).toBe(`say ${R}, ${R}`);
    expect(redactMessage('{"a":"q\\"t"}', ['q"t'])).toBe(`{"a":"${R}"}`);
    expect(redactMessage("say x", ["x"])).toBe(R);
    expect(redactMessage("nothing", ["", " "])).toBe("nothing");
  });
});

test("what looks like a generated password or key", () => {
  for (const word of ["Zq7!canary#Leak9", '"Zq7!canary#Leak9",', "wJalrXUtnFEMI7K7MDENG3bPxRfiCYzEXAMPLE9K2"])
    expect([word, looksSecret(word)]).toEqual([word, true]);
  for (const word of [
    "public.Orders2026",
    "Shop2-main",
    "[ORDERS]",
    "CustomerOrderHistory2024",
    "2026-01-01T06:00:00Z",
  ])
    expect([word, looksSecret(word)]).toEqual([word, false]);
});
