import { expect, test } from "vitest";
import { limits } from "#lib/limits.ts";
import { uniqueId, withDatabase } from "#tests/factories.ts";
import { changePassword } from "./change-password.ts";
import { createUser } from "./create-user.ts";
import { addMember, issueMemberLink, listMembers, removeMember, updateMember } from "./members.ts";
import { oidcUser } from "./oidc.ts";
import { signInByLink, signInByPassword } from "./sign-in.ts";
import { issueSignInLink } from "./sign-in-link.ts";

const PASSWORD = "correct horse battery";

withDatabase("signing in", ({ database, testCtx }) => {
  const address = () => `198.51.100.${Math.floor(Math.random() * 250)}-${uniqueId("a")}`;
  const newUser = (password?: string) =>
    createUser(database().db, { email: `${uniqueId("u")}@example.org`, password });
  const tokenOf = (url: string) => ({ token: new URL(url).searchParams.get("token") });

  test("takes the right password and no other", async () => {
    const { db } = database();
    const { id, email } = await newUser(PASSWORD);
    const from = address();
    const shouted = { email: ` ${email.toUpperCase()} `, password: PASSWORD };
    expect(await signInByPassword(db, shouted, from)).toMatchObject({ id, email });
    expect(await signInByPassword(db, { email, password: "correct horse" }, from)).toBeUndefined();
    expect(
      await signInByPassword(db, { email: "nobody@example.org", password: PASSWORD }, from),
    ).toBeUndefined();
    for (const given of [
      undefined,
      {},
      { email },
      { email, password: "" },
      { email: { $ne: "" }, password: PASSWORD },
    ])
      expect(await signInByPassword(db, given, from)).toBeUndefined();
  });

  test("knows no password of someone who has none", async () => {
    const { db } = database();
    const { email } = await newUser();
    expect(await signInByPassword(db, { email, password: PASSWORD }, address())).toBeUndefined();
  });

  test("keeps a password as argon2id", async () => {
    const { id } = await newUser(PASSWORD);
    const { passwordHash } = await database().db.user.findUniqueOrThrow({ where: { id } });
    expect(passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  test("stops guessing after the limit, however many guess at once, and starts over after a success", async () => {
    const { db } = database();
    const { email } = await newUser(PASSWORD);
    const from = address();
    const guess = () => signInByPassword(db, { email, password: "wrong" }, from).catch((error) => error.code);
    for (let n = 0; n < limits.signInFailures - 1; n++) expect(await guess()).toBeUndefined();
    expect(await signInByPassword(db, { email, password: PASSWORD }, from)).toBeDefined();
    const outcomes = await Promise.all(Array.from({ length: limits.signInFailures + 5 }, guess));
    expect(outcomes.filter((outcome) => outcome === "rate_limited")).toHaveLength(5);
    await expect(signInByPassword(db, { email, password: PASSWORD }, from)).rejects.toMatchObject({
      code: "rate_limited",
    });
    expect(await signInByPassword(db, { email, password: PASSWORD }, address())).toBeDefined();
  });

  test("takes a link once, even when it is opened twice at the same moment, and not after its time", async () => {
    const { db } = database();
    const { id } = await newUser();
    const link = tokenOf(await issueSignInLink(db, id));
    const both = await Promise.all([signInByLink(db, link, address()), signInByLink(db, link, address())]);
    expect(both.filter((user) => user?.id === id)).toHaveLength(1);
    expect(await signInByLink(db, link, address())).toBeUndefined();
    const late = tokenOf(await issueSignInLink(db, id));
    await db.signInToken.updateMany({
      where: { userId: id, usedAt: null },
      data: { expiresAt: new Date(0) },
    });
    expect(await signInByLink(db, late, address())).toBeUndefined();
    expect(JSON.stringify(await db.signInToken.findMany({ where: { userId: id } }))).not.toContain(
      String(late.token),
    );
  });

  test("joins a provider's subject to an account by a verified address only", async () => {
    const { db } = database();
    const { id, email } = await newUser();
    const sub = uniqueId("sub");
    const verified = { sub, email: email.toUpperCase(), email_verified: true };
    const unverified = { refused: "email_not_verified" };
    expect(await oidcUser(db, "oidc", verified)).toEqual({ refused: "not_a_member" });
    await db.membership.create({ data: { tenantId: (await testCtx()).tenant, userId: id, roles: [] } });
    expect(await oidcUser(db, "oidc", { sub, email })).toEqual(unverified);
    expect(await oidcUser(db, "oidc", { sub, email, email_verified: false })).toEqual(unverified);
    const together = await Promise.all(Array.from({ length: 8 }, () => oidcUser(db, "oidc", verified)));
    expect(together.map((one) => "user" in one && one.user.id)).toEqual(Array(8).fill(id));
    expect(await oidcUser(db, "oidc", { sub })).toMatchObject({ user: { id } });
  });

  test("changes a password against the current one", async () => {
    const ctx = await testCtx();
    const { id, email } = await newUser();
    const own = { ...ctx, actor: { id, kind: "user" as const } };
    await changePassword({ ctx: own, input: { newPassword: PASSWORD } });
    const again = { newPassword: "another good one" };
    await expect(changePassword({ ctx: own, input: again })).rejects.toMatchObject({ code: "bad_request" });
    await changePassword({ ctx: own, input: { ...again, currentPassword: PASSWORD } });
    const given = { email, password: again.newPassword };
    expect(await signInByPassword(ctx.db, given, address())).toMatchObject({ id });
    await expect(changePassword({ ctx: own, input: { newPassword: "short" } })).rejects.toThrow();
  });

  test("members come by link, change and go; the last administrator stays", async () => {
    const ctx = await testCtx();
    const email = `${uniqueId("u")}@example.org`;
    const added = await addMember({ ctx, input: { email, name: "New", roles: ["ROLE_ADMIN"] } });
    expect(await signInByLink(ctx.db, tokenOf(added.signInUrl ?? ""), address())).toMatchObject({ email });
    await expect(addMember({ ctx, input: { email, roles: ["ROLE_VIEWER"] } })).rejects.toMatchObject({
      code: "already_exists",
    });
    const { userId } = added;
    const demote = { ctx, userId, input: { roles: ["ROLE_VIEWER" as const] } };
    await expect(updateMember(demote)).rejects.toMatchObject({ code: "conflict" });
    await expect(removeMember({ ctx, userId })).rejects.toMatchObject({ code: "conflict" });
    const second = await addMember({ ctx, input: { email: `x${email}`, roles: ["ROLE_ADMIN"] } });
    const outcomes = await Promise.allSettled([
      removeMember({ ctx, userId }),
      removeMember({ ctx, userId: second.userId }),
    ]);
    expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(["fulfilled", "rejected"]);
    expect((await listMembers({ ctx })).data).toHaveLength(1);
    const actions = await ctx.db.auditLog.findMany({
      where: { tenantId: ctx.tenant },
      orderBy: { seq: "asc" },
    });
    expect(actions.map((row) => row.action)).toEqual(["member.added", "member.added", "member.removed"]);
  });

  test("an administrator gets no link that opens another tenant", async () => {
    const [ctx, other] = [await testCtx(), await testCtx()];
    const input = { email: `${uniqueId("u")}@example.org`, roles: ["ROLE_VIEWER" as const] };
    const { userId } = await addMember({ ctx, input });
    expect((await issueMemberLink({ ctx, userId })).signInUrl).toContain("/sign-in?token=");
    const known = await addMember({ ctx: other, input });
    expect(known.signInUrl).toBeUndefined();
    await expect(issueMemberLink({ ctx: other, userId })).rejects.toMatchObject({ code: "conflict" });
    await expect(issueMemberLink({ ctx, userId: "nobody" })).rejects.toMatchObject({ code: "not_found" });
  });
});
