import type { z } from "zod";

// The part of Zod's definitions that we look into.
type Def = {
  type: string;
  innerType?: Schema;
  element?: Schema;
  shape?: Record<string, Schema>;
  options?: Schema[];
  discriminator?: string;
  valueType?: Schema;
  values?: unknown[];
  entries?: Record<string, unknown>;
};
type Schema = { _zod: { def: Def } };

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The values a literal or enum schema takes. */
function valuesOf(schema: Schema | undefined): unknown[] {
  const def = schema?._zod.def;
  if (!def) return [];
  if (def.innerType) return valuesOf(def.innerType);
  return def.values ?? (def.entries ? Object.values(def.entries) : []);
}

/** The object schemas that a value at this place may be meant for, unions told apart by their discriminator. */
function objectsOf(schema: Schema, value: unknown): Schema[] {
  const { def } = schema._zod;
  if (def.innerType) return objectsOf(def.innerType, value);
  if (def.type === "object") return [schema];
  if (!def.options) return [];
  const { discriminator } = def;
  const options = def.options.flatMap((option) => objectsOf(option, value));
  if (discriminator === undefined || !isObject(value)) return options;
  const chosen = options.filter((option) =>
    valuesOf(option._zod.def.shape?.[discriminator]).includes(value[discriminator]),
  );
  return chosen.length > 0 ? chosen : options;
}

function stepInto(schema: Schema, value: unknown, key: string | number): Schema[] {
  const { def } = schema._zod;
  if (def.innerType) return stepInto(def.innerType, value, key);
  if (def.type === "array") return def.element ? [def.element] : [];
  if (def.type === "record") return def.valueType ? [def.valueType] : [];
  return objectsOf(schema, value).flatMap((object) => object._zod.def.shape?.[key] ?? []);
}

/** What the language knows at a place in a document: the keys of the object there, and its allowed values by key. */
export function knownAt(
  root: z.ZodType,
  document: unknown,
  path: readonly PropertyKey[],
): { keys: string[]; values: (key: string) => string[] } {
  let schemas = [root as unknown as Schema];
  let value: unknown = document;
  for (const key of path as (string | number)[]) {
    const here = value;
    schemas = schemas.flatMap((schema) => stepInto(schema, here, key));
    value =
      isObject(value) || Array.isArray(value) ? (value as Record<string | number, unknown>)[key] : undefined;
  }
  const objects = schemas.flatMap((schema) => objectsOf(schema, value));
  const shapes = objects.map((object) => object._zod.def.shape ?? {});
  return {
    keys: [...new Set(shapes.flatMap((shape) => Object.keys(shape)))],
    values: (key) => [...new Set(shapes.flatMap((shape) => valuesOf(shape[key])).map(String))],
  };
}
