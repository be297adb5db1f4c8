import { expect, it } from "vitest";
import { irJsonSchema } from "#lib/ir/index.ts";
import { instructions, messages } from "./prompt.ts";
import { type SchemaNode, schemaNotation } from "./schema-notation.ts";

it("writes a schema as a type", () => {
  const schema: SchemaNode = {
    type: "object",
    properties: {
      kind: { const: "x" },
      n: { type: "integer", minimum: 1, maximum: 9, description: "how many" },
      how: { type: "string", enum: ["a", "b"] },
      list: { type: "array", minItems: 1, items: { oneOf: [{ type: "string" }, { type: "number" }] } },
      map: { type: "object", additionalProperties: { type: "boolean" } },
    },
    required: ["kind", "n"],
  };
  expect(schemaNotation(schema)).toBe(
    '{kind: "x", n: integer 1..9 /* how many */, how?: "a"|"b", list?: (string | number)[]+, map?: {[name]: boolean}}',
  );
});

it("leaves no property and no choice of the IR out", () => {
  const text = schemaNotation(irJsonSchema() as SchemaNode);
  const look = (schema: SchemaNode): void => {
    for (const [name, value] of Object.entries(schema.properties ?? {})) {
      expect(text).toContain(name);
      look(value);
    }
    for (const value of [...(schema.enum ?? []), ...(schema.const === undefined ? [] : [schema.const])]) {
      expect(text).toContain(JSON.stringify(value));
    }
    for (const one of [...(schema.oneOf ?? []), ...(schema.anyOf ?? [])]) look(one);
    if (schema.items) look(schema.items);
  };
  look(irJsonSchema() as SchemaNode);
});

it("a request about ten nodes stays below 6,000 tokens", () => {
  const transforms = Array.from({ length: 8 }, (_, at) => ({
    id: `t${at + 1}`,
    kind: "transform" as const,
    input: at === 0 ? "src" : `t${at}`,
    ops: [{ op: "filter" as const, expr: `column_${at} <> 'x'` }],
  }));
  const columns = Array.from({ length: 12 }, (_, at) => ({ name: `column_${at}`, type: "string" }));
  const [turn] = messages(
    {
      version: 3,
      ir: {
        kind: "pipeline",
        version: "1.0",
        id: "x",
        metadata: { name: "x" },
        nodes: [
          {
            id: "src",
            kind: "source",
            connector: "local_fs",
            config: { path: "/tmp/orders.csv", format: { type: "csv", columns } },
          },
          ...transforms,
          { id: "load", kind: "target", input: "t8", schema: "a.b", loadMode: "append" },
        ],
      },
      sources: [],
      destinations: [],
      files: [],
      columns: {},
      decisions: [],
      mentions: [],
      request: "mask email",
    },
    [],
  );
  // Three characters a token is on the safe side for JSON and English.
  expect((instructions().length + String(turn?.content).length) / 3).toBeLessThan(6000);
});
