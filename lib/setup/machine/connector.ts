import {
  type ConnectorSpec,
  connectorSpecs,
  fieldsOf,
  missingFields,
  secretFieldsOf,
} from "#lib/connectors/schema.ts";
import type { Setup } from "../state.ts";

const specs: Readonly<Record<string, ConnectorSpec | undefined>> = connectorSpecs;

/** The connector of a name; undefined for a name that is none. */
export const specOf = (name: string | undefined): ConnectorSpec | undefined =>
  name !== undefined && Object.hasOwn(specs, name) ? specs[name] : undefined;

/** The names of the fields that are still missing, in the order in which they are asked for. */
export function stillMissing(setup: Setup): string[] {
  const spec = specOf(setup.connector);
  return spec ? missingFields(spec, new Set([...Object.keys(setup.config), ...setup.held])) : [];
}

/** Fields as people read them: "Host, Port". */
export function fieldTitles(spec: ConnectorSpec, names: readonly string[]): string {
  const fields = fieldsOf(spec);
  return names.map((name) => fields.find((field) => field.name === name)?.title ?? name).join(", ");
}

/** Why a value cannot be right for a field, as the end of a sentence about it; undefined if it can. */
export function fieldProblem(spec: ConnectorSpec, name: string, value: unknown): string | undefined {
  const field = spec.config.shape[name];
  if (!field) return "is not one of its fields";
  const parsed = (
    field as { safeParse: (value: unknown) => { error?: { issues: { message: string }[] } } }
  ).safeParse(value);
  if (!parsed.error) return undefined;
  const said = parsed.error.issues[0]?.message ?? "cannot be right";
  if (/^must /.test(said)) return said;
  const known = fieldsOf(spec).find((one) => one.name === name);
  if (known?.choices) return `must be one of ${known.choices.join(", ")}`;
  if (known?.kind === "integer")
    return name === "port" ? "must be a number from 1 to 65535" : "must be a whole number";
  if (known?.kind === "boolean") return "must be yes or no";
  return "is empty or too long";
}

/** True for a field whose value is a secret. */
export const isSecret = (spec: ConnectorSpec, name: string): boolean => secretFieldsOf(spec).includes(name);

/** What its streams are called. */
export const noun = (spec: ConnectorSpec | undefined): "table" | "file" => spec?.family ?? "table";
