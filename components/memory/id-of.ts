import type { ObjectRows } from "#lib/client/index.ts";

/** The id of an agent or a session. */
export function idOf(
  kind: "agents" | "sessions",
  row: ObjectRows["agents"] | ObjectRows["sessions"],
): string {
  return String((kind === "agents" ? row.agent_id : row.session_id) ?? "");
}
