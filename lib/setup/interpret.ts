import { connectorSpecs, secretFieldsOf } from "#lib/connectors/schema.ts";
import { REDACTED, redactText } from "#lib/redact.ts";
import { endingCadence, readCadence } from "./interpret/cadence.ts";
import { connectorNamed } from "./interpret/connector-names.ts";
import {
  fromPairs,
  readConnection,
  readCorrection,
  readFields,
  readWithConnector,
} from "./interpret/credentials.ts";
import type { Given } from "./interpret/given.ts";
import { isNo, navigation, tidy } from "./interpret/navigation.ts";
import { readSelection } from "./interpret/selection.ts";
import { readSync, readTarget } from "./interpret/sync-words.ts";
import { specOf, stillMissing } from "./machine/connector.ts";
import { looksSecret, redactMessage } from "./redact-message.ts";
import type { Setup, SetupEvent } from "./state.ts";

/** A message, or fields of the form, and the conversation they belong to. */
export type ToInterpret = {
  setup: Setup;
  message: string;
  fields?: Readonly<Record<string, string | number | boolean>>;
};

/**
 * What a message comes down to. The event holds no secret. `secrets` are values of secret fields, to be sealed if the
 * conversation after the event holds them (`held`); whatever else lies in the draft counts for nothing. `said` is the
 * message without secrets; what was typed where secrets are asked for and not understood is left out of it altogether.
 */
export type Interpreted = { event: SetupEvent; secrets: Record<string, string>; said: string };

/** Where the connection's fields are open: free text may hold a secret, and goes to no model. */
export const takesSecrets = (setup: Setup): boolean => setup.state === "gather_credentials";

/** By exact rules alone, without a model. A message that is not understood wholly changes nothing. Never throws. */
export function interpret({ setup, message, fields }: ToInterpret): Interpreted {
  const form = fields && Object.keys(fields).length > 0 ? readForm(setup, message, fields) : undefined;
  const read = understand(setup, message);
  const { event, secrets } = form ? together(form, read) : read;
  const typed = Object.entries(fields ?? {}).flatMap(([name, value]) =>
    SECRET_NAMES.has(name) ? [String(value)] : [],
  );
  const values = [...Object.values(secrets), ...Object.values(read.secrets), ...typed];
  const hidden = event.type === "not_understood" && takesSecrets(setup) && message.trim() !== "";
  return {
    event: wholesome(event),
    secrets: ENDED.has(setup.state) ? {} : secrets,
    said: hidden ? REDACTED : redactMessage(message, values),
  };
}

type Understood = { event: SetupEvent; secrets: Record<string, string> };

/** Fields of the form, and what the words beside them give; where both name a field, the form counts. */
function together(form: Understood, read: Understood): Understood {
  if (form.event.type !== "give_fields" || read.event.type !== "give_fields") return form;
  const held = [...new Set([...read.event.held, ...form.event.held])];
  return {
    event: { ...read.event, ...form.event, fields: { ...read.event.fields, ...form.event.fields }, held },
    secrets: { ...read.secrets, ...form.secrets },
  };
}

const only = (event: SetupEvent): Understood => ({ event, secrets: {} });
const lost = (hint?: string): Understood => only({ type: "not_understood", ...(hint && { hint }) });

const WRONG_PLACE =
  "That looks like a secret. I have not used it and do not keep it; secrets belong into the connection's masked fields.";
const SECRET_NAMES: ReadonlySet<string> = new Set(Object.values(connectorSpecs).flatMap(secretFieldsOf));
const ENDED: ReadonlySet<string> = new Set(["done", "execute"]);

function readForm(setup: Setup, message: string, fields: NonNullable<ToInterpret["fields"]>): Understood {
  const pairs = Object.entries(fields).map(([name, value]): [string, string] => [name, String(value)]);
  const named = message.trim() === "" ? undefined : connectorNamed(message);
  const given = fromPairs(named ? { ...setup, connector: named } : setup, pairs);
  if (!given)
    return lost(
      setup.connector || named
        ? "Those fields are not what this kind of source has."
        : "Say first which kind of source it is.",
    );
  const connector = given.event.connector ?? (named && named !== setup.connector ? named : undefined);
  return { event: { ...given.event, ...(connector && { connector }) }, secrets: given.secrets };
}

function understand(setup: Setup, message: string): Understood {
  const text = message.trim();
  if (text === "") return lost("Say something, or fill in the fields.");
  const plain = tidy(text);
  const asked = takesSecrets(setup) && asksOne(setup);
  const where = navigation(plain === "" ? text : plain, asked);
  if (where) return only(where);
  if (!ENDED.has(setup.state)) {
    const connection = readConnection(setup, text);
    if (connection) return given(connection);
  }
  switch (setup.state) {
    case "welcome":
    case "select_source_type":
      return chooseSource(setup, text, plain);
    case "gather_credentials":
      return gather(setup, text, plain);
    default:
      return later(setup, text, plain);
  }
}

const given = ({ event, secrets }: Given): Understood => ({ event, secrets });

/** One value is asked for: almost anything may be it. */
function asksOne(setup: Setup): boolean {
  const missing = stillMissing(setup);
  return missing.length === 1 || (missing.length === 0 && setup.failure?.field !== undefined);
}

function chooseSource(setup: Setup, text: string, plain: string): Understood {
  const connector = connectorNamed(plain);
  if (connector) return only({ type: "choose_connector", connector });
  const both = readWithConnector(text);
  if (both) return given(both);
  const schedule = setup.connector ? readCadence(setup, plain) : undefined;
  if (schedule) return only(schedule);
  return redactText(text) !== text ? lost(WRONG_PLACE) : lost();
}

/** Another connector, said so that it cannot be a value: "no, mysql", "switch to s3". */
const OTHERWISE =
  /^(?:no+|nope|actually|sorry|i mean(?:t)?|rather|instead|switch to|change to|change it to|use|it(?:'s| is)|make it|not that|nein|doch)\b/i;

function gather(setup: Setup, text: string, plain: string): Understood {
  const one = asksOne(setup);
  const named = connectorNamed(plain);
  if (named && (!one || OTHERWISE.test(text)) && !(one && named === setup.connector))
    return only({ type: "choose_connector", connector: named });
  const fields = readFields(setup, text);
  if (fields) return given(fields);
  const other = one ? undefined : readWithConnector(text);
  return other ? given(other) : lost();
}

function later(setup: Setup, text: string, plain: string): Understood {
  const correction = ENDED.has(setup.state) ? undefined : readCorrection(setup, text);
  if (correction && !isTarget(setup, plain)) return given(correction);
  const named = OTHERWISE.test(text) ? connectorNamed(plain) : undefined;
  if (named && named !== setup.connector) return only({ type: "choose_connector", connector: named });
  // From here on nothing of the message may be a secret: names out of it are kept and answered.
  if (
    redactText(text) !== text ||
    plain.split(/[\s,]+/).some((word) => looksSecret(word) && !isStream(setup, word))
  )
    return lost(WRONG_PLACE);
  if (isNo(plain)) return lost("What should be different? Say it, or go back.");
  return facts(setup, plain) ?? lost();
}

const isStream = ({ found, picked }: Setup, word: string): boolean =>
  found?.names.includes(word) === true || picked.some(({ name }) => name === word);

const isTarget = (setup: Setup, text: string): boolean => readTarget(setup, text) !== undefined;

/** One fact, or several with something between them. */
function facts(setup: Setup, text: string): Understood | undefined {
  const single = fact(setup, text);
  if (single?.event.type === "set_schedule") return single;
  const ending = endingCadence(setup, text);
  const before = ending && fact(setup, tidy(ending.before))?.event;
  if (ending && before && before.type !== "not_understood")
    return only({ type: "several", events: [ending.event, before] });
  if (single) return single;
  const clauses = text
    .split(/\s*[;.]\s+|\s*,?\s+(?:and then|then)\s+|\s*,\s+(?:and\s+)?|\s+and\s+/i)
    .filter(Boolean);
  if (clauses.length < 2 || clauses.length > 8) return undefined;
  const events = clauses.map((clause) => fact(setup, tidy(clause))?.event);
  if (events.some((event) => !event || event.type === "not_understood")) return undefined;
  const found = events as SetupEvent[];
  const choosing = found.filter(({ type }) => type === "select");
  return choosing.length > 1
    ? undefined
    : only({ type: "several", events: [...found.filter(({ type }) => type !== "select"), ...choosing] });
}

function fact(setup: Setup, text: string): Understood | undefined {
  const choosing = setup.state === "select_streams";
  if (choosing || setup.state === "configure_sync" || setup.state === "review") {
    const target = setup.picked.length > 0 ? readTarget(setup, text) : undefined;
    if (target) return only(target);
    const sync = setup.picked.length > 0 && !choosing ? readSync(setup, text) : undefined;
    if (sync) return only(sync);
    const exact = choosing && setup.found?.names.some((name) => name.toLowerCase() === text.toLowerCase());
    const cadence = exact ? undefined : readCadence(setup, text);
    if (cadence) return only(cadence);
    const choice = readSelection(setup, text, { verb: !choosing });
    if (choice) return "hint" in choice ? lost(choice.hint) : only({ type: "select", ...choice });
    return undefined;
  }
  const cadence = specOf(setup.connector) ? readCadence(setup, text) : undefined;
  return cadence && only(cadence);
}

/** Nothing that looks like a key gets into an event, whatever it was taken for. */
function wholesome(event: SetupEvent): SetupEvent {
  const text = JSON.stringify(event);
  return redactText(text) === text || event.type === "give_fields"
    ? event
    : { type: "not_understood", hint: WRONG_PLACE };
}
