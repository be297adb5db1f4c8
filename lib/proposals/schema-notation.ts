/** A JSON Schema (2020-12) as far as it is written here. */
export type SchemaNode = {
  const?: unknown;
  enum?: unknown[];
  oneOf?: SchemaNode[];
  anyOf?: SchemaNode[];
  type?: string | string[];
  properties?: Record<string, SchemaNode>;
  required?: string[];
  additionalProperties?: SchemaNode | boolean;
  items?: SchemaNode;
  minItems?: number;
  minimum?: number;
  maximum?: number;
  description?: string;
};

/**
 * A JSON Schema in the notation of TypeScript's types: names, kinds, choices, ranges and descriptions, in about a third
 * of the tokens. Lengths and patterns are left out: the validator tells them where they are broken.
 */
export function schemaNotation(schema: SchemaNode): string {
  const text = notation(schema);
  return schema.description ? `${text} /* ${schema.description} */` : text;
}

function notation(schema: SchemaNode): string {
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) return [...new Set(choices.map(schemaNotation))].join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join("|");
  if (schema.type === "array") return listOf(schema);
  if (schema.type === "object") return objectOf(schema);
  const type = [schema.type ?? "any"].flat().join("|");
  const { minimum, maximum } = schema;
  const small = (bound: number | undefined) =>
    bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER ? bound : "";
  const range = `${small(minimum)}..${small(maximum)}`;
  return range === ".." ? type : `${type} ${range}`;
}

function listOf({ items = {}, minItems = 0 }: SchemaNode): string {
  const item = schemaNotation(items);
  const one = /[ |]/.test(item) && !/^\{[^{}]*\}$/.test(item) ? `(${item})` : item;
  return `${one}[]${minItems > 0 ? "+" : ""}`;
}

function objectOf({ properties, required = [], additionalProperties }: SchemaNode): string {
  if (!properties) {
    const value = typeof additionalProperties === "object" ? schemaNotation(additionalProperties) : "any";
    return `{[name]: ${value}}`;
  }
  const members = Object.entries(properties).map(
    ([name, value]) => `${name}${required.includes(name) ? "" : "?"}: ${schemaNotation(value)}`,
  );
  return `{${members.join(", ")}}`;
}
