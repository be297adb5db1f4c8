/** The parts of an OpenAPI 3.1 document that the reference shows. */
export type Schema = {
  $ref?: string;
  type?: string | string[];
  title?: string;
  description?: string;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  format?: string;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  maxItems?: number;
  required?: string[];
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
};

export type Parameter = {
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema?: Schema;
};

type Content = Record<string, { schema?: Schema }>;

export type Operation = {
  summary?: string;
  description?: string;
  tags?: string[];
  operationId?: string;
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content?: Content };
  responses?: Record<string, { description?: string; content?: Content; $ref?: string }>;
  security?: Record<string, string[]>[];
  [extension: `x-${string}`]: unknown;
};

export type OpenApi = {
  info: { title: string; version: string; description?: string };
  paths: Record<string, Record<string, Operation>>;
  components?: { schemas?: Record<string, Schema> };
};

/** One operation, flattened: its anchor, its group, and what it says. */
export type Entry = { anchor: string; group: string; method: string; path: string; operation: Operation };

const METHODS = ["get", "post", "put", "patch", "delete"];

/** Every operation of the document, in its order, by group: the first tag, or the path's first own segment. */
export function listEntries(document: OpenApi): Entry[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      if (!operation) return [];
      const anchor = `${method}-${path
        .replace(/[{}]/g, "")
        .replace(/[^a-zA-Z0-9]+/g, "-")
        .replace(/^-|-$/g, "")}`;
      return [{ anchor, group: groupOf(operation.tags?.[0] ?? path), method, path, operation }];
    }),
  );
}

function groupOf(path: string): string {
  const segment =
    path
      .replace(/^\/api\/v1\//, "")
      .split("/")
      .find(Boolean) ?? "other";
  const words = segment.replaceAll("-", " ");
  return words === "ai" ? "Assistant" : words.charAt(0).toUpperCase() + words.slice(1);
}

/** Entries whose method, path or words hold every word of the search. */
export function searchEntries(entries: Entry[], search: string): Entry[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return entries;
  return entries.filter(({ method, path, group, operation }) => {
    const text =
      `${method} ${path} ${group} ${operation.summary ?? ""} ${operation.description ?? ""}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** Follows a reference within the document; `name` is the referenced schema's. */
export function resolve(document: OpenApi, schema: Schema): { schema: Schema; name?: string } {
  const name = schema.$ref?.match(/^#\/components\/schemas\/(.+)$/)?.[1];
  const target = name ? document.components?.schemas?.[name] : undefined;
  return name && target ? { schema: target, name } : { schema };
}

/** A schema's type in a few words: `string`, `integer or null`, `list of Pipeline`, `"a" | "b"`. */
export function typeName(document: OpenApi, given: Schema): string {
  const { schema, name } = resolve(document, given);
  if (name) return name;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(" | ");
  const several = schema.anyOf ?? schema.oneOf;
  if (several) return [...new Set(several.map((one) => typeName(document, one)))].join(" or ");
  if (schema.items) return `list of ${typeName(document, schema.items)}`;
  if (Array.isArray(schema.type)) return schema.type.join(" or ");
  if (schema.format && schema.type === "string") return schema.format;
  return schema.type ?? "any";
}

/** An example that fits the schema, for the curl line: required members first of all, two levels of optional ones left out. */
export function exampleOf(document: OpenApi, given: Schema, depth = 0): unknown {
  const { schema } = resolve(document, given);
  if (schema.default !== undefined) return schema.default;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  const several = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (several?.[0]) return exampleOf(document, several[0], depth);
  if (schema.properties) {
    const wanted = schema.required ?? (depth === 0 ? Object.keys(schema.properties) : []);
    return Object.fromEntries(
      wanted.map((key) => [key, exampleOf(document, schema.properties?.[key] ?? {}, depth + 1)]),
    );
  }
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if (type === "array")
    return schema.items && depth < 3 ? [exampleOf(document, schema.items, depth + 1)] : [];
  if (type === "object") return {};
  if (type === "integer" || type === "number") return schema.minimum ?? 1;
  if (type === "boolean") return true;
  return "…";
}

/** A curl command that can be pasted: the key comes from the environment, the body is the smallest that fits. */
export function curlOf(document: OpenApi, { method, path, operation }: Entry, origin: string): string {
  const query = (operation.parameters ?? []).filter((one) => one.in === "query" && one.required);
  const search = query
    .map(({ name, schema }) => `${name}=${String(exampleOf(document, schema ?? {}))}`)
    .join("&");
  const lines = [
    `curl ${method === "get" ? "" : `-X ${method.toUpperCase()} `}'${origin}${path}${search ? `?${search}` : ""}'`,
  ];
  if (!isPublic(operation)) lines.push(`-H "Authorization: Bearer $PENSTOCK_KEY"`);
  const body = operation.requestBody?.content?.["application/json"]?.schema;
  if (body) {
    lines.push(`-H 'Content-Type: application/json'`);
    lines.push(`-d '${JSON.stringify(exampleOf(document, body), null, 2).replaceAll("'", "'\\''")}'`);
  }
  return lines.join(" \\\n  ");
}

/** True if anyone may call it. */
export function isPublic(operation: Operation): boolean {
  return (
    operation.security !== undefined &&
    (operation.security.length === 0 || operation.security.every((one) => Object.keys(one).length === 0))
  );
}
