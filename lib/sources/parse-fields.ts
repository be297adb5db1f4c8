import { connectorSpecs, secretFieldsOf } from "#lib/connectors/schema.ts";
import { AppError, type Issue } from "#lib/errors.ts";
import type { ConnectorName } from "#lib/ir/schema.ts";
import type { SourceFields } from "./schema.ts";

/** A configuration, checked, in two parts: what anybody in the tenant may see, and what is sealed. */
export type SplitConfig = { config: SourceFields; secrets: Record<string, string> };

/**
 * Checks the values of a connector's fields against its spec. Empty texts count as not given.
 * @throws AppError `bad_request` with an issue per field; values are not repeated.
 */
export function parseFields(connector: ConnectorName, fields: SourceFields): SplitConfig {
  const spec = connectorSpecs[connector];
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ""));
  const parsed = spec.config.safeParse(given);
  if (!parsed.success) {
    const issues = parsed.error.issues.flatMap(({ code, path, message, ...rest }): Issue[] => {
      if (code === "unrecognized_keys")
        return (rest as { keys: string[] }).keys.map((key) => unknownField(spec.title, key));
      const missing = path.length === 1 && !(String(path[0]) in given);
      return [
        {
          code: missing ? "field_required" : "invalid_field",
          path: `/fields/${path.join("/")}`,
          message: missing && code === "invalid_type" ? "is required" : message,
        },
      ];
    });
    throw new AppError("bad_request", firstOf(issues), { issues });
  }
  return split(connector, parsed.data as SourceFields);
}

const unknownField = (title: string, key: string): Issue => {
  return { code: "unknown_field", path: `/fields/${key}`, message: `${title} has no field "${key}"` };
};

function firstOf([issue]: readonly Issue[]): string {
  return issue ? `${issue.path.replace("/fields/", "")}: ${issue.message}` : "The fields are not valid";
}

/** The two parts of a configuration. */
export function split(connector: ConnectorName, fields: SourceFields): SplitConfig {
  const secret = new Set(secretFieldsOf(connectorSpecs[connector]));
  const of = (wanted: boolean) =>
    Object.fromEntries(Object.entries(fields).filter(([name]) => secret.has(name) === wanted));
  return { config: of(false), secrets: of(true) as Record<string, string> };
}
