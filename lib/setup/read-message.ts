import { connectorSpecs, fieldsOf } from "#lib/connectors/schema.ts";
import type { Ctx } from "#lib/context.ts";
import { limits } from "#lib/limits.ts";
import { providerFromEnv } from "#lib/model/index.ts";
import { takeSlot } from "#lib/rate-limit/index.ts";
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
  ctx: Pick<Ctx, "tenant" | "db" | "signal">,
  setup: Setup,
  pending: PendingMessage,
  { entered }: Pick<Forgetting, "entered">,
): Promise<Interpreted> {
  const { message, fields } = pending;
  const byRules = interpret({ setup, message, fields });
  const holdsSecret = async () => redactMessage(message, Object.values(await entered())) !== message;
  const asks = byRules.event.type === "not_understood" && (await mayAskModel(ctx)) && !(await holdsSecret());
  const read = asks ? await interpretWithModel({ setup, message, fields, signal: ctx.signal }) : byRules;
  const { event, secrets } = read;
  const connector = (event.type === "give_fields" && event.connector) || setup.connector;
  const filled = filledIn(connector, Object.keys(fields), { ...fields, ...secrets });
  return { event, secrets, said: [read.said, filled].filter(Boolean).join("\n").toWellFormed() };
}

/** A model costs: a tenant that has asked it often enough goes on with the rules alone. */
async function mayAskModel({ tenant, db }: Pick<Ctx, "tenant" | "db">): Promise<boolean> {
  if (providerFromEnv().provider === "rules") return false;
  const limit = limits.setupModelPerHour;
  return (await takeSlot(db, { key: `setup-model:${tenant}`, limit, windowMs: 3_600_000 })).ok;
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
