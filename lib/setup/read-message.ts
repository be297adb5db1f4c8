import { connectorSpecs, fieldsOf } from "#lib/connectors/schema.ts";
import { REDACTED } from "#lib/redact.ts";
import { type Interpreted, interpret } from "./interpret.ts";
import type { PendingMessage } from "./session-row.ts";
import type { Setup } from "./state.ts";

/** What a message comes down to. Fields that were filled in are told in words, secret ones by name alone. */
export function readMessage(setup: Setup, { message, fields }: PendingMessage): Interpreted {
  const read = interpret({ setup, message, fields });
  const { event, secrets } = read;
  const connector = (event.type === "give_fields" && event.connector) || setup.connector;
  const filled = filledIn(connector, Object.keys(fields), { ...fields, ...secrets });
  return { event, secrets, said: [read.said, filled].filter(Boolean).join("\n").toWellFormed() };
}

function filledIn(
  connector: string | undefined,
  names: readonly string[],
  values: PendingMessage["fields"],
): string {
  const specs: Readonly<Record<string, (typeof connectorSpecs)[keyof typeof connectorSpecs] | undefined>> =
    connectorSpecs;
  const spec = connector !== undefined && Object.hasOwn(specs, connector) ? specs[connector] : undefined;
  if (!spec || names.length === 0) return "";
  return fieldsOf(spec)
    .filter(({ name }) => names.includes(name))
    .map(({ name, title, secret }) => `${title}: ${secret ? REDACTED : values[name]}`)
    .join("\n");
}
