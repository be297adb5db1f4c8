import type { QueryRequest } from "#lib/client/index.ts";

/** What the search is narrowed to, as it stands in the address. Days are `2026-11-21`, the end included. */
export type SearchState = {
  q?: string | undefined;
  agent?: string | undefined;
  session?: string | undefined;
  type?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  /** A local moment: `2026-11-21T14:05`. */
  asOf?: string | undefined;
};

/** Names of the state in the address. */
export const SEARCH_NAMES = ["q", "agent", "session", "type", "from", "to", "asOf"] as const;

/** How many hits come at first, and with each "show more". */
export const HITS = 20;
/** The most that a query answers. */
export const HITS_MAX = 100;

/** The kinds of memory that events become. */
export const MEMORY_TYPES = ["episodic", "factual", "procedural", "reflective"] as const;

/** True if anything is asked for. */
export function isSearch(state: SearchState): boolean {
  return SEARCH_NAMES.some((name) => state[name]);
}

/** The query behind a state of the page; days and moments are the reader's own. What is no date is left out. */
export function toQuery(state: SearchState, hits: number): QueryRequest {
  const from = moment(state.from && `${state.from}T00:00:00`);
  const to = moment(state.to && `${state.to}T23:59:59.999`);
  const asOf = moment(state.asOf);
  return {
    query_text: state.q ?? "",
    object_types: ["memory"],
    top_k: hits,
    ...(state.agent ? { agent_id: state.agent } : {}),
    ...(state.session ? { session_id: state.session } : {}),
    ...(state.type ? { memory_types: [state.type] } : {}),
    ...(from || to ? { time_window: { ...(from ? { from } : {}), ...(to ? { to } : {}) } } : {}),
    ...(asOf ? { as_of: asOf } : {}),
  };
}

function moment(text: string | undefined): string | undefined {
  const date = new Date(text ?? "");
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
