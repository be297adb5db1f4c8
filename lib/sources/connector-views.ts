import type { z } from "zod";
import { connectorSpecs, jsonSchemaOf } from "#lib/connectors/schema.ts";
import type { ConnectorViews } from "./schema.ts";

/** Every connector with its fields as JSON Schema. */
export function connectorViews(): z.infer<typeof ConnectorViews> {
  const data = Object.values(connectorSpecs).map((spec) => {
    const { name, title, family, guided } = spec;
    return { name, title, family, guided, schema: jsonSchemaOf(spec) };
  });
  return { data };
}
