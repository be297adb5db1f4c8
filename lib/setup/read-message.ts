import { connectorSpecs, fieldsOf } from "#lib/connectors/schema.ts";
import type { Ctx } from "#lib/context.ts";
import { REDACTED } from "#lib/redact.ts";
import type { Forgetting } from "./forgetting.ts";
import { type Interpreted, interpret } from "./interpret.ts";
import { interpretWithModel } from "./interpret-with-model.ts";
import { redactMessage } from "./redact-message.ts";
import type { PendingMessage } from "./session-row.ts";
import type { Setup } from "./state.ts";

/**
 * What a message comes down to: by the rules, and where they do not understand it, by the model if there is one. Whatever
 * holds a secret that was entered stays with the rules. Fields that were filled in are told in words, secret
 * ones by name alone.
 */
export async function readMessage(
  { signal }: Pick<Ctx, "signal">,
  setup: Setup,
  pending: PendingMessage,
  { entered }: Pick<Forgetting, "entered">,
): Promise<Interpreted> {
  const { message, fields } = pending;
  const byRules = interpret({ setup, message, fields });
  const holdsSecret = async () => redactMessage(message, Object.values(await entered())) !== message;
  const asks = byRules.event.type === "not_understood" && !(await holdsSecret());
  const read = asks ? await interpretWithModel({ setup, message, fields, signal }) : byRules;
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
