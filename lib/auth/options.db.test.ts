import type { NextAuthOptions } from "next-auth";
import { expect, test } from "vitest";
import { limits } from "#lib/limits.ts";
import { uniqueId, withDatabase } from "#tests/factories.ts";
import { createUser } from "./create-user.ts";
import { authOptions } from "./options.ts";

const PASSWORD = "correct horse battery";

type Authorize = (given: unknown, request: { headers: Record<string, string> }) => Promise<unknown>;
function door(options: NextAuthOptions, id: string): Authorize {
  const provider = options.providers.find((one) => one.id === id);
  return (provider as unknown as { authorize: Authorize }).authorize;
}

withDatabase("the address that attempts are counted by", ({ database }) => {
  const authorize = door(authOptions(), "credentials");
  const from = (forwarded: string) => ({ headers: { "x-forwarded-for": forwarded } });
  const near = () => `198.51.100.7-${uniqueId("a")}`;
  const guess = (email: string, forwarded: string) =>
    authorize({ email, password: "wrong" }, from(forwarded)).catch((error: Error) => error.message);

  test("is the one nearest to us, so a client that writes addresses before it gains nothing", async () => {
    const { email } = await createUser(database().db, {
      email: `${uniqueId("u")}@example.org`,
      password: PASSWORD,
    });
    const proxy = near();
    for (let n = 0; n < limits.signInFailures; n++)
      expect(await guess(email, `203.0.113.${n}, 10.0.0.${n} ,${proxy}`)).toBeNull();
    expect(await guess(email, `203.0.113.99, ${proxy}`)).toBe("rate_limited");
    await expect(authorize({ email, password: PASSWORD }, from(`8.8.8.8, ${proxy}`))).rejects.toThrow(
      "rate_limited",
    );
    expect(await authorize({ email, password: PASSWORD }, from(near()))).toMatchObject({ email });
  });

  test("of an account, attempts from everywhere are counted together too", async () => {
    const { email } = await createUser(database().db, { email: `${uniqueId("u")}@example.org` });
    const everywhere = Array.from({ length: limits.signInFailures * 10 + 3 }, () => guess(email, near()));
    const outcomes = await Promise.all(everywhere);
    expect(outcomes.filter((outcome) => outcome === "rate_limited")).toHaveLength(3);
  });

  test("is no trouble when it is absent, empty or absurdly long", async () => {
    const { email } = await createUser(database().db, {
      email: `${uniqueId("u")}@example.org`,
      password: PASSWORD,
    });
    const given: Record<string, string>[] = [
      {},
      ...["", "9".repeat(5_000)].map((text) => from(text).headers),
    ];
    for (const headers of given)
      expect(await authorize({ email, password: PASSWORD }, { headers })).toMatchObject({ email });
  });
});
