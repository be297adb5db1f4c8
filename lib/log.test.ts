import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";

const CANARY = "c4n4ryS3cr3tValue0123456789";

/** Runs code against the real log in a process of its own. @returns the lines that came out. */
function logged(code: string): Record<string, unknown>[] {
  const script = `import { log } from "#lib/log.ts"; const canary = "${CANARY}"; ${code}`;
  const env = { ...process.env, PENSTOCK_LOG_LEVEL: "trace" };
  const said = execFileSync(process.execPath, ["--input-type=module", "--eval", script], {
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  expect(said).not.toContain(CANARY);
  return said
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

test("a secret in fields, however deep, never comes out", () => {
  const lines = logged(`
    log.info({ password: canary, nested: { list: [{ apiKey: canary, client_secret: canary }] } }, "fields");
    log.info({ headers: { authorization: "Bearer " + canary, cookie: canary }, text: "token=" + canary }, "text");
    let deep = { note: canary };
    for (let n = 0; n < 40; n++) deep = { deep };
    log.info({ deep }, "deep");
    const ring = { secret: canary }; ring.ring = ring;
    log.info({ ring }, "ring");
    log.info({ url: "postgres://app:" + canary + "@db.example.org/sales" }, "url");
  `);
  expect(lines.map((line) => line.msg)).toEqual(["fields", "text", "deep", "ring", "url"]);
  expect(lines[4]).toMatchObject({ url: "postgres://app:***REDACTED***@db.example.org/sales" });
});

test("a secret in a message, or in what is put into it, never comes out", () => {
  const lines = logged(`
    log.warn("password=" + canary);
    log.warn("connecting to %s", "postgres://app:" + canary + "@db.example.org/sales");
    log.warn({ n: 1 }, "sent %s and %o", "Bearer " + canary, { password: canary });
    log.warn("just %j", { nested: { secret: canary } });
  `);
  expect(lines).toHaveLength(4);
});

test("an error is told by name, place and cause, without the secret in any of them", () => {
  const lines = logged(`
    const cause = Object.assign(new TypeError("password=" + canary), { code: "E1", password: canary });
    const error = new Error("cannot reach postgres://app:" + canary + "@db.example.org/sales", { cause });
    log.error({ err: error, requestId: "r1" }, "failed");
    log.error({ reason: error }, "under another name");
    log.error(error);
    log.error(error, "password=" + canary);
    const own = new Error("token: " + canary); own.cause = own;
    log.error({ err: own }, "its own cause");
    log.error({ err: "token: " + canary }, "a text");
  `);
  expect(lines).toHaveLength(6);
  for (const [at, key] of ["err", "reason", "err", "err"].entries())
    expect(lines[at]?.[key]).toMatchObject({
      type: "Error",
      message: "cannot reach postgres://app:***REDACTED***@db.example.org/sales",
      stack: expect.stringContaining("cannot reach"),
      cause: { type: "TypeError", code: "E1", message: "password=***REDACTED***" },
    });
});
