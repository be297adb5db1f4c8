import type { Body } from "./dialect.ts";

const OPENAI = [
  "oneOf allOf not if then else dependentRequired dependentSchemas patternProperties propertyNames contains default",
  "unevaluatedProperties minProperties maxProperties uniqueItems prefixItems additionalItems",
  "minimum maximum minLength maxLength minItems maxItems",
]
  .join(" ")
  .split(" ");

/** Google takes these words and no others (Gemini API, GenerationConfig.responseJsonSchema). */
const GOOGLE = new Set(
  [
    "$schema $id $defs $ref $anchor type format title description enum items prefixItems minItems maxItems",
    "minimum maximum anyOf oneOf properties additionalProperties required propertyOrdering",
  ]
    .join(" ")
    .split(" "),
);

/** Every schema inside a schema, itself first, with where it is. */
function* within(schema: unknown, path = "$"): Generator<[string, Body]> {
  if (schema === null || typeof schema !== "object") return;
  const node = schema as Body;
  yield [path, node];
  for (const [name, one] of Object.entries((node.properties ?? {}) as Body))
    yield* within(one, `${path}.${name}`);
  yield* within(node.items, `${path}[]`);
  for (const word of ["anyOf", "oneOf", "allOf"])
    for (const [n, one] of ((node[word] ?? []) as unknown[]).entries())
      yield* within(one, `${path}.${word}${n}`);
}

/**
 * Where a schema breaks the strict subset of OpenAI; Anthropic's and Bedrock's bans on ranges and open objects are in
 * it too.
 */
export function brokenStrict(schema: unknown): string[] {
  if (schema === null || typeof schema !== "object") return ["$: no strict schema was sent"];
  const broken = (schema as Body).type === "object" ? [] : ["$: the root must be an object"];
  for (const [path, node] of within(schema)) {
    broken.push(...OPENAI.filter((word) => word in node).map((word) => `${path}: ${word} is not permitted`));
    if (!["type", "anyOf", "$ref", "enum", "const"].some((word) => word in node))
      broken.push(`${path}: a schema must have a type`);
    if (node.type !== "object") continue;
    const required = new Set((node.required ?? []) as string[]);
    if (node.additionalProperties !== false) broken.push(`${path}: additionalProperties must be false`);
    broken.push(
      ...Object.keys((node.properties ?? {}) as Body)
        .filter((name) => !required.has(name))
        .map((name) => `${path}.${name}: must be required`),
    );
  }
  return broken;
}

/** Where a schema breaks what Google's `responseJsonSchema` takes. */
export function brokenForGoogle(schema: unknown): string[] {
  if (schema === null || typeof schema !== "object") return ["$: no schema was sent"];
  const broken: string[] = [];
  for (const [path, node] of within(schema)) {
    broken.push(
      ...Object.keys(node)
        .filter((word) => !GOOGLE.has(word))
        .map((word) => `${path}: ${word} is not supported`),
    );
    const beside = Object.keys(node).filter((word) => !word.startsWith("$"));
    if ("$ref" in node && beside.length > 0) broken.push(`${path}: nothing may stand beside $ref`);
    if (!["type", "anyOf", "oneOf", "$ref", "enum"].some((word) => word in node))
      broken.push(`${path}: a schema must have a type`);
  }
  return broken;
}
