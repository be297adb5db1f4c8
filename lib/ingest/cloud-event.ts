import type { Issue } from "#lib/errors.ts";
import { invalidEvent } from "./writer.ts";

/** Attributes of a CloudEvent and the fields they become. Extension names have neither capitals nor underscores. */
const ATTRIBUTES: Record<string, string> = {
  id: "event_id",
  source: "source",
  type: "event_type",
  time: "event_time",
  tenantid: "tenant_id",
  workspaceid: "workspace_id",
  agentid: "agent_id",
  sessionid: "session_id",
  visibletime: "visible_time",
  logicalts: "logical_ts",
  parenteventid: "parent_event_id",
  visibility: "visibility",
  version: "version",
};
/** Said about the data or about the envelope; nothing of them is stored. */
const UNSTORED = new Set(["specversion", "datacontenttype", "dataschema"]);

/**
 * An event from the structured mode of CloudEvents 1.0. `data` becomes the payload: an object as it is, text as its
 * `text`, anything else as its `data`. `causalrefs` is text, ids separated by commas; `importance` is a number as text.
 * @throws AppError `bad_request` naming each required attribute that is not there.
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
 */
export function fromCloudEvent(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw invalidEvent([{ code: "invalid_type", path: "", message: "A CloudEvent is an object" }]);
  const given = value as Record<string, unknown>;
  const issues: Issue[] = [];
  if (given.specversion !== "1.0")
    issues.push({ code: "invalid_value", path: "/specversion", message: 'Expected "1.0"' });
  for (const name of ["id", "source", "type"])
    if (typeof given[name] !== "string" || given[name] === "")
      issues.push({ code: "required", path: `/${name}`, message: "Expected text that is not empty" });
  for (const name of Object.keys(given))
    if (!/^[a-z0-9]+$/.test(name) && name !== "data_base64")
      issues.push({ code: "invalid_name", path: `/${name}`, message: "Attributes are named in a-z and 0-9" });
  if (given.data !== undefined && given.data_base64 !== undefined)
    issues.push({ code: "invalid_value", path: "/data_base64", message: "Send either data or data_base64" });
  if (issues.length > 0) throw invalidEvent(issues);
  const event: Record<string, unknown> = {};
  for (const [name, said] of Object.entries(given)) {
    if (UNSTORED.has(name) || name === "data" || name === "data_base64") continue;
    if (name === "causalrefs") event.causal_refs = listOf(said);
    else if (name === "importance") event.importance = numberOf(said);
    else event[Object.hasOwn(ATTRIBUTES, name) ? (ATTRIBUTES[name] ?? name) : name] = said;
  }
  const payload = payloadOf(given);
  return payload === undefined ? event : { ...event, payload };
}

function payloadOf({ data, data_base64 }: Record<string, unknown>): Record<string, unknown> | undefined {
  if (data_base64 !== undefined) return { data_base64 };
  if (data === undefined || data === null) return undefined;
  if (typeof data === "object" && !Array.isArray(data)) return data as Record<string, unknown>;
  return typeof data === "string" ? { text: data } : { data };
}

function listOf(said: unknown): unknown {
  return typeof said === "string"
    ? said
        .split(",")
        .map((id) => id.trim())
        .filter(Boolean)
    : said;
}

function numberOf(said: unknown): unknown {
  return typeof said === "string" && /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(said) ? Number(said) : said;
}
