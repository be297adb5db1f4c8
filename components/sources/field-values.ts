import type { ConnectorField, ConnectorSpec } from "#lib/connectors/schema.ts";
import { missingFields } from "#lib/connectors/schema.ts";
import type { SourceFields } from "#lib/sources/schema.ts";

/** What was typed and not yet sent, by field; texts as they stand in their boxes. It lives in memory alone. */
export type Drafts = Record<string, string | boolean>;

type Known = { config: SourceFields; held: readonly string[] };

/** The value that most people mean, for a number whose placeholder tells it. */
function usual({ kind, placeholder }: ConnectorField): string | undefined {
  return kind === "integer" && placeholder && /^\d+$/.test(placeholder) ? placeholder : undefined;
}

/** What stands in a field: what was typed, else what is known, else the usual. A secret that is kept stands nowhere. */
export function shownValue(field: ConnectorField, drafts: Drafts, config: SourceFields): string | boolean {
  const value = drafts[field.name] ?? config[field.name];
  if (field.kind === "boolean") return value === true || (value === undefined && field.default === true);
  return String(value ?? usual(field) ?? field.default ?? "");
}

/** The fields that have to be sent: those that differ from what the server has. An emptied one is sent as "". */
export function fieldsToSend(
  fields: readonly ConnectorField[],
  drafts: Drafts,
  { config }: Known,
): SourceFields {
  return Object.fromEntries(
    fields.flatMap((field): [string, string | number | boolean][] => {
      const typed = drafts[field.name] ?? (config[field.name] === undefined ? usual(field) : undefined);
      if (typed === undefined) return [];
      const value = asSent(field, typed);
      if (value === config[field.name]) return [];
      if (value === "" && (field.secret || config[field.name] === undefined)) return [];
      return [[field.name, value]];
    }),
  );
}

function asSent(field: ConnectorField, typed: string | boolean): string | number | boolean {
  if (typeof typed === "boolean") return typed;
  // Spaces at the ends of a secret may belong to it.
  const text = field.secret ? typed : typed.trim();
  return field.kind === "integer" && /^\d+$/.test(text) ? Number(text) : text;
}

/** What is wrong with what would be there after sending, by field. */
export function findErrors(
  spec: ConnectorSpec,
  fields: readonly ConnectorField[],
  drafts: Drafts,
  known: Known,
): Record<string, string> {
  const sent = fieldsToSend(fields, drafts, known);
  const emptied = Object.keys(sent).filter((name) => sent[name] === "");
  const given = new Set([...Object.keys(known.config), ...known.held, ...Object.keys(sent)]);
  for (const name of emptied) given.delete(name);
  const shown = new Set(fields.map(({ name }) => name));
  const missing = missingFields(spec, given).filter((name) => shown.has(name));
  const wrong = Object.entries(sent).flatMap(([name, value]): [string, string][] => {
    if (value === "") return [];
    const issue = spec.config.shape[name]?.safeParse(value).error?.issues[0];
    return issue ? [[name, issue.message]] : [];
  });
  return Object.fromEntries([...missing.map((name): [string, string] => [name, "Required"]), ...wrong]);
}
