import { connectorSpecs } from "#lib/connectors/schema.ts";
import { describeSchedule } from "#lib/ir/index.ts";
import { chooseEvent, type LanguageModel } from "#lib/model/index.ts";
import { choosableEvents, readChoice } from "./interpret/choosable.ts";
import { type Interpreted, interpret, type ToInterpret, takesSecrets } from "./interpret.ts";
import { redactMessage } from "./redact-message.ts";
import type { Setup } from "./state.ts";

/** Longer messages are no answer to what was asked. */
const MESSAGE_CHARS = 2_000;
const NAMES = 100;

/**
 * What a message comes down to: by the rules, and where they do not understand it, by the model, which may only choose
 * among the events that are valid. Never while the connection's fields are open, never with anything that looks like a
 * secret; whatever goes wrong with the model, the rules' answer stands.
 * @param model without one the rules' answer stands
 * @throws the signal's reason when the caller gives up
 */
export async function interpretWithModel({
  signal,
  model,
  ...given
}: ToInterpret & { signal?: AbortSignal; model?: LanguageModel }): Promise<Interpreted> {
  const read = interpret(given);
  const { setup, message } = given;
  if (
    read.event.type !== "not_understood" ||
    takesSecrets(setup) ||
    Object.keys(given.fields ?? {}).length > 0
  )
    return read;
  const text = message.trim();
  if (
    text === "" ||
    text.length > MESSAGE_CHARS ||
    read.said !== message ||
    redactMessage(message) !== message
  )
    return read;
  const events = choosableEvents(setup);
  if (!model || events.length === 0) return read;
  const choice = await chooseEvent({
    model,
    summary: summaryOf(setup),
    message: text,
    events,
    signal,
  });
  const event = choice && readChoice(setup, choice);
  return event ? { ...read, event } : read;
}

/** What the model is told: names and choices, nothing of how the source is reached. */
export function summaryOf({ state, connector, found, picked, schedule }: Setup): string {
  const title = Object.values(connectorSpecs).find(({ name }) => name === connector)?.title;
  const kept = picked.map(({ name, syncMode, cursorField, cursorFields }) => ({
    name,
    syncMode,
    cursorField,
    cursorFields,
  }));
  return [
    `Step: ${state}.`,
    title ? `Source: ${title}.` : "",
    found ? `Streams found: ${found.total}. The first: ${JSON.stringify(found.names.slice(0, NAMES))}` : "",
    kept.length > 0 ? `Chosen: ${JSON.stringify(kept.slice(0, NAMES))}` : "",
    schedule ? `Runs ${describeSchedule(schedule)}.` : "",
  ]
    .filter(Boolean)
    .join("\n");
}
