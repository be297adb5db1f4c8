import type { Issue } from "#lib/errors.ts";
import { limits } from "#lib/limits.ts";
import type { UnnumberedEvent } from "./event-hash.ts";
import { readInstant } from "./instant.ts";

/** What stands in for what an event does not say. */
export type EventDefaults = { tenant: string; agentId?: string; now: string };

/** An event as it was understood; with issues it must not be stored. */
export type ReadEvent = { event: UnnumberedEvent; issues: Issue[]; warnings: Issue[] };

type Given = Record<string, unknown>;
type Found = Pick<ReadEvent, "issues" | "warnings">;

/** The fields whose absence is worth a warning, and what is done then. */
const PRACTICAL = {
  tenant_id: "the credential's tenant is taken",
  workspace_id: "the memory's scope is its session, or default",
  agent_id: "the memory belongs to no agent",
  session_id: "the memory belongs to no session",
  event_type: "the memory is episodic",
  payload: "the memory has no text",
} as const;

const FIELDS = new Set([
  ...["event_id", "tenant_id", "workspace_id", "agent_id", "session_id", "event_type"],
  ...["event_time", "ingest_time", "visible_time", "logical_ts", "parent_event_id", "causal_refs"],
  ...["payload", "source", "importance", "visibility", "version"],
]);

/**
 * Reads one event: its types, ranges and defaults. A field that is absent, null or empty text counts as not given.
 * @param value JSON that {@link import("#lib/parse-json.ts").parseJson} let through.
 */
export function readEvent(value: unknown, defaults: EventDefaults): ReadEvent {
  const found: Found = { issues: [], warnings: [] };
  if (!isObject(value)) {
    found.issues.push(issue("invalid_type", "", "An event is an object"));
    return { event: readFields({ event_id: "-" }, defaults, { issues: [], warnings: [] }), ...found };
  }
  const event = readFields(value, defaults, found);
  warn(value, defaults, found.warnings);
  return { event, ...found };
}

function readFields(given: Given, defaults: EventDefaults, { issues }: Found): UnnumberedEvent {
  const event_id = text(given, "event_id", issues);
  if (event_id === "" && issues.length === 0)
    issues.push(issue("required", "/event_id", "Every event needs an id of its own"));
  return {
    event_id,
    tenant_id: text(given, "tenant_id", issues) || defaults.tenant,
    workspace_id: text(given, "workspace_id", issues),
    agent_id: text(given, "agent_id", issues) || (defaults.agentId ?? ""),
    session_id: text(given, "session_id", issues),
    event_type: text(given, "event_type", issues),
    event_time: time(given, "event_time", issues),
    ingest_time: time(given, "ingest_time", issues) ?? defaults.now,
    visible_time: time(given, "visible_time", issues),
    logical_ts: count(given, "logical_ts", issues),
    parent_event_id: text(given, "parent_event_id", issues),
    causal_refs: references(given.causal_refs, issues),
    payload: payload(given.payload, issues),
    source: text(given, "source", issues),
    importance: number(given.importance, issues),
    visibility: text(given, "visibility", issues),
    version: count(given, "version", issues),
  };
}

function warn(given: Given, defaults: EventDefaults, warnings: Issue[]): void {
  for (const [field, done] of Object.entries(PRACTICAL)) {
    if (given[field] !== undefined && given[field] !== null && given[field] !== "") continue;
    const instead = field === "agent_id" && defaults.agentId ? "the credential's agent is taken" : done;
    warnings.push(issue("field_missing", `/${field}`, `Not given: ${instead}`));
  }
  for (const key in given) {
    if (FIELDS.has(key)) continue;
    const at = `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    warnings.push(issue("field_unknown", at, "Not a field of an event: it is not stored"));
    if (warnings.length >= limits.warnings) return;
  }
}

function text(given: Given, field: string, issues: Issue[]): string {
  const value = given[field];
  if (value === undefined || value === null) return "";
  if (typeof value !== "string") {
    issues.push(issue("invalid_type", `/${field}`, "Expected text"));
    return "";
  }
  if (value.length > limits.idChars) {
    issues.push(issue("too_long", `/${field}`, `At most ${limits.idChars} characters`));
    return "";
  }
  return value;
}

function time(given: Given, field: string, issues: Issue[]): string | null {
  const value = given[field];
  if (value === undefined || value === null || value === "") return null;
  if (typeof value !== "string") {
    issues.push(issue("invalid_type", `/${field}`, "Expected a time as text, such as 2026-03-16T08:00:00Z"));
    return null;
  }
  const instant = readInstant(value);
  if (instant === undefined)
    issues.push(issue("invalid_time", `/${field}`, "Expected an RFC 3339 time in the years 1 to 9999"));
  return instant ?? null;
}

function count(given: Given, field: string, issues: Issue[]): number {
  const value = given[field];
  if (value === undefined || value === null) return 0;
  if (typeof value !== "number" || !Number.isInteger(value))
    issues.push(issue("invalid_type", `/${field}`, "Expected a whole number"));
  else if (value < 0 || !Number.isSafeInteger(value))
    issues.push(issue("out_of_range", `/${field}`, `Expected 0 to ${Number.MAX_SAFE_INTEGER}`));
  // Minus zero is zero: the log could not tell them apart.
  else return value + 0;
  return 0;
}

function number(value: unknown, issues: Issue[]): number {
  if (value === undefined || value === null) return 0;
  if (typeof value === "number" && Number.isFinite(value)) return value + 0;
  issues.push(issue("invalid_type", "/importance", "Expected a number"));
  return 0;
}

function references(value: unknown, issues: Issue[]): string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) {
    issues.push(issue("invalid_type", "/causal_refs", "Expected a list of event ids"));
    return [];
  }
  if (value.length > limits.causalRefs) {
    issues.push(issue("too_long", "/causal_refs", `At most ${limits.causalRefs} causes`));
    return [];
  }
  const wrong = value.findIndex(
    (one) => typeof one !== "string" || one === "" || one.length > limits.idChars,
  );
  if (wrong < 0) return value;
  const told = `Expected an event id of 1 to ${limits.idChars} characters`;
  issues.push(issue("invalid_type", `/causal_refs/${wrong}`, told));
  return [];
}

function payload(value: unknown, issues: Issue[]): Given {
  if (value === undefined || value === null) return {};
  if (isObject(value)) return value;
  issues.push(issue("invalid_type", "/payload", "Expected an object"));
  return {};
}

function isObject(value: unknown): value is Given {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function issue(code: string, path: string, message: string): Issue {
  return { code, path, message };
}
