import type { Artifact, Edge, Memory, State } from "#lib/memory/schema.ts";
import type { Connection } from "./connection.ts";

/** An agent, session, policy or share contract: its id, and what its writer said about it. */
export type NamedObject = { lsn: number; [field: string]: unknown };

/** The eight lists under `/v1`, by the last part of their address. */
export type ObjectRows = {
  agents: NamedObject & { agent_id: string };
  sessions: NamedObject & { session_id: string; agent_id?: string };
  memory: Memory;
  states: State;
  artifacts: Artifact;
  edges: Edge;
  policies: NamedObject;
  "share-contracts": NamedObject;
};

/** One page of a list. `next` is the cursor of the page after it. */
export type ObjectPage<Row> = { rows: Row[]; next?: string };

/** What a list may be narrowed to. */
export type ObjectListQuery = {
  agent_id?: string;
  session_id?: string;
  object_id?: string;
  scope?: string;
  limit?: number;
  cursor?: string;
};

/** A page of one kind. The server answers a bare array; where it goes on stands in its `Link` header (RFC 8288). */
export async function objectList<Kind extends keyof ObjectRows>(
  { call }: Connection,
  kind: Kind,
  query: ObjectListQuery,
  stop: { signal?: AbortSignal },
): Promise<ObjectPage<ObjectRows[Kind]>> {
  const response = await call.send("GET", `/v1/${kind}`, { query, ...stop });
  const next = nextCursor(response.headers.get("link"));
  return { rows: (await response.json()) as ObjectRows[Kind][], ...(next ? { next } : {}) };
}

/** The cursor in a `Link` header's `rel="next"`; undefined on the last page. */
export function nextCursor(link: string | null): string | undefined {
  const target = /<([^>]*)>\s*;[^,]*rel="?next"?/.exec(link ?? "")?.[1];
  return target ? (new URL(target, "http://here").searchParams.get("cursor") ?? undefined) : undefined;
}
