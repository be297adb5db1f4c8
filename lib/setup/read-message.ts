import { connectorSpecs, fieldsOf } from "#lib/connectors/schema.ts";
import type { Ctx } from "#lib/context.ts";
import { limits } from "#lib/limits.ts";
import { chooseModel, type LanguageModel } from "#lib/model/index.ts";
import { takeSlot } from "#lib/rate-limit/index.ts";
import { REDACTED } from "#lib/redact.ts";
import { loadAiChoice } from "#lib/settings/index.ts";
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
  const model = byRules.event.type === "not_understood" ? await modelToAsk(ctx) : undefined;
  const asks = model && !(await holdsSecret());
  const read = asks
    ? await interpretWithModel({ setup, message, fields, signal: ctx.signal, model })
    : byRules;
  const { event, secrets } = read;
  const connector = (event.type === "give_fields" && event.connector) || setup.connector;
  const filled = filledIn(connector, Object.keys(fields), { ...fields, ...secrets });
  return { event, secrets, said: [read.said, filled].filter(Boolean).join("\n").toWellFormed() };
}

/** The tenant's model, if it has one. It costs: a tenant that has asked often enough goes on with the rules alone. */
async function modelToAsk(ctx: Pick<Ctx, "tenant" | "db">): Promise<LanguageModel | undefined> {
  const { choice } = await loadAiChoice({ ctx });
  if (choice.provider === "rules") return undefined;
  const limit = limits.setupModelPerHour;
  const slot = await takeSlot(ctx.db, { key: `setup-model:${ctx.tenant}`, limit, windowMs: 3_600_000 });
  if (!slot.ok) return undefined;
  try {
    return chooseModel(choice, () => {
      throw new Error("the rules have been asked before");
    });
  } catch {
    return undefined;
  }
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
