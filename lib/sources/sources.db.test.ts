import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { withDatabase } from "#tests/factories.ts";
import { createSource } from "./create-source.ts";
import { keepDraft, openDraft, shredDraft, shredExpiredDrafts } from "./drafts.ts";
import { getSource, listSources } from "./list-sources.ts";
import { loadSource } from "./load-source.ts";
import { updateSource } from "./update-source.ts";

const PASSWORD = `canary-${randomUUID()}`;
const FIELDS = {
  host: "db.example.com",
  port: 5432,
  database: "shop",
  username: "reader",
  password: PASSWORD,
};

const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => "done",
    (error: { code: string; extra?: { issues?: { code: string; path: string }[] } }) =>
      [error.code, ...(error.extra?.issues ?? []).map(({ code, path }) => `${code} ${path}`)].join(" "),
  );

withDatabase("sources", ({ testCtx }) => {
  const create = (ctx: Ctx, more: Record<string, unknown> = {}) =>
    createSource({ ctx, input: { connector: "postgres", title: "Shop, live", fields: FIELDS, ...more } });

  it("are saved with what may be seen apart from what is sealed", async () => {
    const ctx = await testCtx();
    const source = await create(ctx);
    expect(source).toMatchObject({ name: "shop-live", connector: "postgres", held: ["password"] });
    expect(source.config).toEqual({
      host: "db.example.com",
      port: 5432,
      database: "shop",
      username: "reader",
      sslmode: "prefer",
    });
    const row = await ctx.db.source.findFirstOrThrow({ where: { id: source.id } });
    expect(Buffer.from(row.secret).includes(PASSWORD)).toBe(false);
    expect(JSON.stringify([row.config, source])).not.toContain(PASSWORD);
    const audit = await ctx.db.auditContent.findMany({ where: { tenantId: ctx.tenant } });
    expect(JSON.stringify(audit)).toContain("db.example.com");
    expect(JSON.stringify(audit)).not.toContain(PASSWORD);
    for (const ref of [source.id, "shop-live"])
      expect(await loadSource({ ctx, ref })).toMatchObject({
        config: { password: PASSWORD, sslmode: "prefer" },
      });
  });

  it("get a free name from their title, and refuse one that is taken", async () => {
    const ctx = await testCtx();
    expect((await create(ctx)).name).toBe("shop-live");
    expect((await create(ctx)).name).toBe("shop-live-2");
    expect((await create(ctx, { title: "42 Ærøskøbing!" })).name).toMatch(/^[a-z][a-z0-9-]*$/);
    expect((await create(ctx, { title: "注文" })).name).toBe("source");
    expect(await refusal(create(ctx, { name: "shop-live" }))).toBe("already_exists");
  });

  it("say which field is missing or wrong, and repeat no value", async () => {
    const ctx = await testCtx();
    const { password: _, ...open } = FIELDS;
    const tried = (fields: Record<string, string | number>) => create(ctx, { fields });
    expect(await refusal(tried(open))).toBe("bad_request field_required /fields/password");
    expect(await refusal(tried({ ...FIELDS, port: 99_999 }))).toBe("bad_request invalid_field /fields/port");
    expect(await refusal(tried({ ...FIELDS, colour: "red" }))).toBe(
      "bad_request unknown_field /fields/colour",
    );
    expect(await refusal(tried({ ...FIELDS, sslmode: PASSWORD }))).not.toContain(PASSWORD);
    expect(await ctx.db.source.count({ where: { tenantId: ctx.tenant } })).toBe(0);
  });

  it("keep a secret only while it goes where it went", async () => {
    const ctx = await testCtx();
    const { id } = await create(ctx);
    const change = (fields: Record<string, string | number>) => updateSource({ ctx, id, input: { fields } });
    const moves: Record<string, string>[] = [
      { host: "evil.example.com" },
      { username: "root" },
      { sslmode: "disable" },
    ];
    for (const moved of moves)
      expect(await refusal(change(moved))).toBe("bad_request secret_required /fields/password");
    expect((await change({ schema: "sales" })).config).toMatchObject({ schema: "sales" });
    expect((await change({ schema: "" })).config).not.toHaveProperty("schema");
    expect((await change({ host: "new.example.com", password: "next" })).config).toMatchObject({
      host: "new.example.com",
    });
    expect((await loadSource({ ctx, ref: id })).config).toMatchObject({ password: "next" });
    expect((await updateSource({ ctx, id, input: { title: "Shop" } })).title).toBe("Shop");
    expect((await loadSource({ ctx, ref: id })).config).toMatchObject({ password: "next" });
  });

  it("are nobody else's", async () => {
    const [owner, stranger] = [await testCtx(), await testCtx()];
    const { id, name } = await create(owner);
    for (const ref of [id, name]) {
      expect(await refusal(getSource({ ctx: stranger, id: ref }))).toBe("source_not_found");
      expect(await refusal(loadSource({ ctx: stranger, ref }))).toBe("source_not_found");
    }
    const viewer: Ctx = { ...owner, roles: ["ROLE_VIEWER"] };
    expect((await listSources({ ctx: viewer, input: {} })).data).toHaveLength(1);
    expect(await refusal(create(viewer))).toBe("permission_denied");
  });

  it("come page by page, each once", async () => {
    const ctx = await testCtx();
    for (let at = 0; at < 5; at++) await create(ctx, { title: at === 3 ? "Other" : `Shop ${at}` });
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await listSources({ ctx, input: { limit: 2, ...(cursor && { cursor }) } });
      seen.push(...page.data.map(({ title }) => title));
      cursor = page.pagination.cursor;
      expect(page.pagination.total).toBe(5);
    } while (cursor);
    expect(seen).toEqual(["Shop 4", "Other", "Shop 2", "Shop 1", "Shop 0"]);
    expect((await listSources({ ctx, input: { q: "oTH" } })).data.map(({ title }) => title)).toEqual([
      "Other",
    ]);
    expect(await refusal(listSources({ ctx, input: { cursor: "nonsense" } }))).toMatch(/^bad_request/);
  });

  it("have drafts that merge, that only their tenant opens, and that end", async () => {
    const [ctx, stranger] = [await testCtx(), await testCtx()];
    const draftId = randomUUID();
    await keepDraft({ ctx, draftId, secrets: { password: PASSWORD } });
    await keepDraft({ ctx, draftId, secrets: { private_key: "k" } });
    expect(await openDraft({ ctx, draftId })).toEqual({ password: PASSWORD, private_key: "k" });
    await keepDraft({ ctx, draftId, secrets: { private_key: "" } });
    expect(await openDraft({ ctx, draftId })).toEqual({ password: PASSWORD });
    expect(await openDraft({ ctx: stranger, draftId })).toEqual({});
    await shredDraft({ ctx: stranger, draftId });
    expect(await openDraft({ ctx, draftId })).toEqual({ password: PASSWORD });
    const row = await ctx.db.sourceDraft.findFirstOrThrow({ where: { id: draftId } });
    expect(Buffer.from(row.secret).includes(PASSWORD)).toBe(false);
    await ctx.db.sourceDraft.update({ where: { id: draftId }, data: { expiresAt: new Date(0) } });
    expect(await openDraft({ ctx, draftId })).toEqual({});
    expect(await shredExpiredDrafts(ctx.db)).toBeGreaterThanOrEqual(1);
    expect(await ctx.db.sourceDraft.count({ where: { id: draftId } })).toBe(0);
  });
});
