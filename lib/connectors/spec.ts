import { z } from "zod";
import type { ConnectorName } from "#lib/ir/schema.ts";

/** What a connector needs to be told, and how it is spoken of. Pure: the form, the chat and the API read it. */
export type ConnectorSpec<Config extends z.ZodObject = z.ZodObject> = {
  name: ConnectorName;
  /** As people write it: "PostgreSQL". */
  title: string;
  /** Other names people use for it, in small letters. */
  aliases: readonly string[];
  /** Whether it offers tables, or files. */
  family: "table" | "file";
  /** True where the chat asks for the fields one by one; the others are set up in the form. */
  guided: boolean;
  /**
   * The fields, in the order in which they are asked for. Their metadata: `title`, `description`, `secret` (never shown
   * again), `multiline`, `placeholder`.
   */
  config: Config;
  /** Of each group one field has to be given; the first is the one that is asked for. */
  alternatives?: readonly (readonly string[])[];
};

/** One field of a connector, as the form and the chat see it. */
export type ConnectorField = {
  name: string;
  title: string;
  description?: string;
  kind: "text" | "integer" | "boolean" | "choice";
  choices?: string[];
  default?: string | number | boolean;
  required: boolean;
  secret: boolean;
  multiline: boolean;
  placeholder?: string;
};

type Property = {
  type?: string;
  enum?: string[];
  default?: string | number | boolean;
  title?: string;
  description?: string;
  secret?: boolean;
  multiline?: boolean;
  placeholder?: string;
};

/** A configuration as JSON Schema 2020-12; secret fields carry `secret: true`. */
export function jsonSchemaOf(spec: ConnectorSpec): Record<string, unknown> {
  return z.toJSONSchema(spec.config, { io: "input" }) as Record<string, unknown>;
}

const known = new WeakMap<ConnectorSpec, ConnectorField[]>();

/** The fields of a connector, in their order. */
export function fieldsOf(spec: ConnectorSpec): ConnectorField[] {
  // Several times for each message of a conversation: reading them out of the schema costs far more than the rest.
  const fields = known.get(spec) ?? readFields(spec);
  known.set(spec, fields);
  return fields;
}

function readFields(spec: ConnectorSpec): ConnectorField[] {
  const { properties = {}, required = [] } = jsonSchemaOf(spec) as {
    properties?: Record<string, Property>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    title: property.title ?? name,
    ...(property.description && { description: property.description }),
    kind: kindOf(property),
    ...(property.enum && { choices: property.enum }),
    ...(property.default !== undefined && { default: property.default }),
    required: required.includes(name),
    secret: property.secret === true,
    multiline: property.multiline === true,
    ...(property.placeholder && { placeholder: property.placeholder }),
  }));
}

function kindOf({ type, enum: choices }: Property): ConnectorField["kind"] {
  if (choices) return "choice";
  return type === "integer" || type === "boolean" ? type : "text";
}

/** The names of a connector's secret fields. */
export function secretFieldsOf(spec: ConnectorSpec): string[] {
  return fieldsOf(spec)
    .filter(({ secret }) => secret)
    .map(({ name }) => name);
}

/** The fields that still have to be given, in their order; `given` are names, secret ones included. */
export function missingFields(spec: ConnectorSpec, given: ReadonlySet<string>): string[] {
  const asked = (spec.alternatives ?? []).flatMap((group) =>
    group.some((name) => given.has(name)) ? [] : group.slice(0, 1),
  );
  return fieldsOf(spec)
    .filter(({ name, required }) => (required && !given.has(name)) || asked.includes(name))
    .map(({ name }) => name);
}
