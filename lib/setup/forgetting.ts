import { connectorSpecs } from "#lib/connectors/schema.ts";
import type { Ctx } from "#lib/context.ts";
import { REDACTED, redactText } from "#lib/redact.ts";
import { openDraft } from "#lib/sources/index.ts";
import { redactMessage } from "./redact-message.ts";
import type { Answer, Setup, SetupEvent } from "./state.ts";

/** What these say is of our own words. */
const HARMLESS = new Set<SetupEvent["type"]>([
  "help",
  "status",
  "confirm",
  "back",
  "cancel",
  "retry",
  "start_over",
]);
/** Shorter values stand in every text by chance. */
const SHORTEST = 4;

/** Takes secrets out of what is kept and answered, wherever somebody may have written them. */
export type Forgetting = {
  /** Secrets that are known now. */
  add: (secrets: Readonly<Record<string, string>>) => void;
  /** The secrets that were entered before. */
  entered: () => Promise<Record<string, string>>;
  /** What was said, by patterns and by the values that are known. */
  fromSaid: (text: string, event: SetupEvent) => Promise<string>;
  /** A sentence of a system outside, or an answer that may repeat one. */
  fromText: (text: string) => string;
  fromAnswer: (answer: Answer, setup: Setup) => Answer;
};

/** The secrets of one conversation while one of its messages is answered. */
export function forgetting(ctx: Pick<Ctx, "tenant" | "db">, draftId: () => string | null): Forgetting {
  const known = new Set<string>();
  const add: Forgetting["add"] = (secrets) => {
    for (const value of Object.values(secrets)) if (value.length >= SHORTEST) known.add(value);
  };
  const entered = async () => {
    const id = draftId();
    const secrets = id ? await openDraft({ ctx, draftId: id }) : {};
    add(secrets);
    return secrets;
  };
  const without = (text: string, secrets: Iterable<string>) =>
    [...secrets]
      .sort((a, b) => b.length - a.length)
      .reduce((out, one) => out.replaceAll(one, REDACTED), text);
  return {
    add,
    entered,
    fromSaid: async (text, event) => {
      if (!HARMLESS.has(event.type)) await entered();
      return redactMessage(text, [...known]);
    },
    fromText: (text) => redactText(without(text, known)),
    fromAnswer: (answer, setup) => {
      // A password that is also the name of the user or the system hides nothing, and its removal would break the answer.
      const names = new Set([...Object.keys(connectorSpecs), ...Object.values(setup.config).map(String)]);
      const secrets = [...known].filter((one) => !names.has(one));
      return secrets.length === 0 ? answer : (inTexts(answer, (text) => without(text, secrets)) as Answer);
    },
  };
}

function inTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((item) => inTexts(item, change));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inTexts(item, change)]));
}
