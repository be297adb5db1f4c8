import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { Prisma } from "#lib/db.ts";
import { AppError } from "#lib/errors.ts";
import { ListObjectsQuery, type ObjectType } from "./schema.ts";
import { derivedVisibleSql, shownSql, visibleSql } from "./visible-sql.ts";
import { WIRE } from "./wire-sql.ts";

/** A page of objects as they travel, and where the next one begins. */
export type ObjectPage = { objects: Record<string, unknown>[]; cursor: string | null };

type Filters = Omit<ListObjectsQuery, "limit" | "cursor">;
type List = {
  from: Prisma.Sql;
  wire: Prisma.Sql;
  /** What the list is ordered by, falling; a cursor holds it as text. */
  order: { column: Prisma.Sql; type: Prisma.Sql };
  visible: (ctx: Ctx) => Prisma.Sql;
  where: { [Name in keyof Filters]-?: (value: string, tenant: string) => Prisma.Sql };
};

const column = (name: string) => Prisma.raw(`x."${name}"`);
const equals = (name: string) => (value: string) => Prisma.sql`${column(name)} = ${value}`;
const byId = (name: string) => ({ column: column(name), type: Prisma.raw("text") });

/** Of a session, or of a session of that workspace. */
const inScope = (value: string, tenant: string) => Prisma.sql`(x."sessionId" = ${value} or x."sessionId" in (
  select n."objectId" from "NamedObject" n where n."tenantId" = ${tenant} and n."objectType" = 'session'
  and n."workspaceId" = ${value}))`;

const touches = (value: string) => Prisma.sql`(x."srcObjectId" = ${value} or x."dstObjectId" = ${value})`;

const NAMED: Omit<List, "from"> = {
  wire: WIRE.NamedObject,
  order: byId("objectId"),
  visible: (ctx) => Prisma.sql`x."tenantId" = ${ctx.tenant}`,
  where: {
    agent_id: equals("agentId"),
    session_id: equals("sessionId"),
    object_id: equals("objectId"),
    scope: (value) => Prisma.sql`(x."workspaceId" = ${value} or x."body"->>'scope' = ${value})`,
  },
};
const named = (type: ObjectType): List => ({
  ...NAMED,
  from: Prisma.sql`(select * from "NamedObject" where "objectType" = ${type}) x`,
});

const LISTS: Record<ObjectType, List> = {
  memory: {
    from: Prisma.sql`"Projection" p join "Memory" x on x."tenantId" = p."tenantId" and x."memoryId" = p."memoryId"`,
    wire: WIRE.Memory,
    order: { column: Prisma.raw(`p."lsn"`), type: Prisma.raw("bigint") },
    visible: (ctx) => Prisma.sql`${visibleSql(ctx, "p")} and ${shownSql("p")}`,
    where: {
      agent_id: (value) => Prisma.sql`p."agentId" = ${value}`,
      session_id: (value) => Prisma.sql`p."sessionId" = ${value}`,
      object_id: equals("memoryId"),
      scope: equals("scope"),
    },
  },
  edge: {
    from: Prisma.sql`"Edge" x`,
    wire: WIRE.Edge,
    order: byId("edgeId"),
    visible: (ctx) => derivedVisibleSql(ctx, "x", "edgeId"),
    where: {
      agent_id: touches,
      session_id: touches,
      object_id: (value) => Prisma.sql`(${touches(value)} or x."edgeId" = ${value})`,
      scope: (value, tenant) => Prisma.sql`exists (select from "Memory" m where m."tenantId" = ${tenant}
        and m."memoryId" in (x."srcObjectId", x."dstObjectId") and m."scope" = ${value})`,
    },
  },
  state: {
    from: Prisma.sql`"State" x`,
    wire: WIRE.State,
    order: byId("stateId"),
    visible: (ctx) => derivedVisibleSql(ctx, "x", "stateId"),
    where: {
      agent_id: equals("agentId"),
      session_id: equals("sessionId"),
      object_id: equals("stateId"),
      scope: inScope,
    },
  },
  artifact: {
    from: Prisma.sql`"Artifact" x`,
    wire: WIRE.Artifact,
    order: byId("artifactId"),
    visible: (ctx) => derivedVisibleSql(ctx, "x", "artifactId"),
    where: {
      agent_id: equals("ownerAgentId"),
      session_id: equals("sessionId"),
      object_id: equals("artifactId"),
      scope: inScope,
    },
  },
  agent: named("agent"),
  session: named("session"),
  policy: named("policy"),
  share_contract: named("share_contract"),
};

/**
 * One page of the objects of a kind that the caller may see: memories newest first, the others by id, falling. Keyset
 * paging: what is written meanwhile neither repeats nor hides one.
 * @throws AppError `permission_denied`, `bad_request` for a cursor that is none of this list
 */
export async function listObjects({
  ctx,
  type,
  input,
}: {
  ctx: Ctx;
  type: ObjectType;
  input: unknown;
}): Promise<ObjectPage> {
  requirePermission(ctx, "memory.read");
  const { limit, cursor, ...filters } = ListObjectsQuery.parse(input);
  const list = LISTS[type];
  const { column: by, type: kind } = list.order;
  const conditions = [list.visible(ctx)];
  for (const [name, value] of Object.entries(filters))
    if (value !== undefined) conditions.push(list.where[name as keyof Filters](value, ctx.tenant));
  if (cursor !== undefined) conditions.push(Prisma.sql`${by} < ${placeOf(type, cursor)}::${kind}`);
  const rows = await ctx.db.$queryRaw<{ at: string; object: Record<string, unknown> }[]>`
    select ${by}::text as at, ${list.wire} as object from ${list.from}
    where ${Prisma.join(conditions, " and ")} order by ${by} desc limit ${limit + 1}`;
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    objects: page.map(({ object }) => object),
    cursor: rows.length > limit && last ? encode(type, last.at) : null,
  };
}

/** Headers that lead from a page to the next: RFC 8288 `Link`, with the request's own filters kept. */
export function nextLink(url: string, cursor: string | null): Record<string, string> {
  if (cursor === null) return {};
  const { pathname, searchParams } = new URL(url);
  searchParams.set("cursor", cursor);
  return { link: `<${pathname}?${searchParams}>; rel="next"` };
}

const encode = (type: ObjectType, at: string) =>
  Buffer.from(JSON.stringify([type, at])).toString("base64url");

function placeOf(type: ObjectType, cursor: string): string {
  try {
    const [kind, at] = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8")) as unknown[];
    if (kind === type && typeof at === "string" && !at.includes("\0"))
      if (type !== "memory" || /^\d{1,18}$/.test(at)) return at;
  } catch {
    // Told below.
  }
  const message = "send the cursor of the Link header of the page before";
  throw new AppError("bad_request", "The cursor is not one that this list gave out", {
    issues: [{ code: "invalid_cursor", path: "/query/cursor", message }],
  });
}
