import { parseTableName } from "#lib/ir/index.ts";
import { CannotDo, type Draft, type Recogniser, targetOf } from "../draft.ts";
import { whole } from "../words.ts";

/** A destination of this tenant by its name. @throws CannotDo if there is none of that name. */
export function destinationNamed(draft: Draft, name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  const found = draft.known.destinations.find((one) => one.name.toLowerCase() === name.toLowerCase());
  if (found) return found.name;
  const names = draft.known.destinations.map((one) => one.name).join(", ") || "none so far";
  throw new CannotDo(`There is no destination "${name}" (there is: ${names}). Add it under Settings first.`);
}

const PUT = "(?:load|write|send|put|store|save|deliver|move|point)";
const IT = "(?:it|this|that|the data|the rows|the target|everything|the output|the result|the results)";
const TO_DESTINATION = whole(
  `(?:(?:${PUT}(?: ${IT})? (?:in)?to|use|switch to|change (?:the )?destination to|set (?:the )?destination to) (?:the )?` +
    "(?:destination (?<d1>[\\w-]+)|(?<d2>[\\w-]+) destination|(?<warehouse>(?:built-?in )?warehouse))(?: instead)?|(?:change|set|switch) (?:the )?destination to (?<d3>[\\w-]+))",
);
const TO_TABLE = whole(
  `(?:(?:change|set|switch) (?:the )?(?:target |destination )?table (?:name )?to (?<t1>[\\w.]+)|${PUT}(?: ${IT})? (?:in)?to (?:the )?table (?<t2>[\\w.]+)(?: instead)?|${PUT}(?: ${IT})? (?:in)?to (?<t3>\\w+\\.\\w+)(?: instead)?)`,
);

/** "write to the analytics destination", "use the built-in warehouse". */
export const destination: Recogniser = (clause) => {
  const { d1, d2, d3, warehouse } = TO_DESTINATION.exec(clause)?.groups ?? {};
  const name = d1 ?? d2 ?? d3;
  if (!name && !warehouse) return undefined;
  return (draft) => {
    const target = targetOf(draft);
    if (warehouse || name?.toLowerCase() === "warehouse") {
      delete target.destination;
      return `${target.id} loads into the built-in warehouse.`;
    }
    target.destination = destinationNamed(draft, name);
    return `${target.id} loads into the destination ${target.destination}.`;
  };
};

/** "change the target table to sales.orders", "write to sales.orders_v2 instead". */
export const table: Recogniser = (clause) => {
  const { t1, t2, t3 } = TO_TABLE.exec(clause)?.groups ?? {};
  const name = t1 ?? t2 ?? t3;
  if (!name || !parseTableName(name)) return undefined;
  return (draft) => {
    const target = targetOf(draft);
    const before = target.schema;
    target.schema = name;
    return `${target.id} loads into ${name} instead of ${before}.`;
  };
};
