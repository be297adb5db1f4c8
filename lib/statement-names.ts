import { createHash } from "node:crypto";

/** Statements that are remembered as having come once; then it begins anew. */
const SEEN = 2_000;
/** Statements that get a name: each costs the server memory on every connection, for as long as it lasts. */
const NAMED = 300;
/** Longer ones are lists of values, which do not come again as they are. */
const LONGEST = 20_000;

/**
 * Names for statements that come again, so that a server parses them once on each connection and may keep their plan
 * (PostgreSQL, "PREPARE"). What comes for the first time gets none.
 */
export function statementNames(): (query: { sql: string }) => string {
  const names = new Map<string, string>();
  const seen = new Set<string>();
  // The adapter's type wants text always; without a name a statement is not kept.
  const none = undefined as unknown as string;
  return ({ sql }) => {
    const known = names.get(sql);
    if (known !== undefined || sql.length > LONGEST || names.size >= NAMED) return known ?? none;
    if (!seen.has(sql)) {
      if (seen.size >= SEEN) seen.clear();
      seen.add(sql);
      return none;
    }
    const name = nameOf(sql);
    names.set(sql, name);
    return name;
  };
}

const always = new Map<string, string>();

/** The name of a statement that is known to come again. */
export function statementName(sql: string): string {
  const name = always.get(sql) ?? nameOf(sql);
  always.set(sql, name);
  return name;
}

const nameOf = (sql: string) => `s_${createHash("sha256").update(sql).digest("base64url").slice(0, 24)}`;
