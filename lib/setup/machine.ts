import { ask } from "./machine/ask.ts";
import { chooseConnector, giveFields } from "./machine/credentials.ts";
import { help, notUnderstood, status } from "./machine/help.ts";
import { back, cancel, confirm, executed, goTo, retry, startOver } from "./machine/navigate.ts";
import { type Step, sentences, stay } from "./machine/step.ts";
import { discovered, discoverFailed, select, streamsPicked, tested } from "./machine/streams.ts";
import { setDestination, setSchedule, setSync, setTitle } from "./machine/sync.ts";
import type { Setup, SetupEvent, Transition } from "./state.ts";

export { initialSetup } from "./machine/step.ts";

/**
 * What an event leads to. Pure: nothing else moves a conversation, and every event is taken in every state; one that
 * cannot be taken leaves it as it was and says so. It never throws.
 * @param now from when the next runs of a schedule are counted
 */
export function transition(setup: Setup, event: SetupEvent, now = new Date()): Transition {
  const step = take(setup, event);
  const effects = step.effects.filter(
    ({ type }, at) => type === "shred" || !step.effects.slice(at + 1).some((later) => later.type !== "shred"),
  );
  const asked = ask(step.setup, effects, now);
  const message = sentences(step.note, asked.message) ?? "";
  return { setup: step.setup, effects, answer: { ...asked, message, data: { ...asked.data, ...step.data } } };
}

/** Events that change what will be made: not while it is being made, nor afterwards. */
const CHANGES: ReadonlySet<SetupEvent["type"]> = new Set([
  "choose_connector",
  "give_fields",
  "open_form",
  "select",
  "set_sync",
  "set_schedule",
  "set_title",
  "set_destination",
]);

function take(before: Setup, event: SetupEvent): Step {
  const setup = opened(before, event);
  if (CHANGES.has(event.type) && setup.state === "execute")
    return stay(setup, "It is being made right now; changes come afterwards, on its page.");
  if (CHANGES.has(event.type) && setup.state === "done")
    return stay(
      setup,
      "It is set up: what is to be changed is changed on its page. For another source, start over.",
    );
  switch (event.type) {
    case "begin":
      return stay(setup);
    case "choose_connector":
      return chooseConnector(setup, event);
    case "give_fields":
      return giveFields(setup, event);
    case "open_form":
      return openForm(setup);
    case "select":
      return select(setup, event);
    case "set_sync":
      return setSync(setup, event);
    case "set_schedule":
      return setSchedule(setup, event);
    case "set_title":
      return setTitle(setup, event);
    case "set_destination":
      return setDestination(setup, event);
    case "confirm":
      return confirm(setup);
    case "back":
      return back(before);
    case "go_to":
      return goTo(setup, event);
    case "start_over":
      return startOver(setup);
    case "cancel":
      return cancel(setup);
    case "retry":
      return retry(setup);
    case "help":
      return help(setup);
    case "status":
      return status(setup);
    case "not_understood":
      return notUnderstood(setup, event);
    case "tested":
      return tested(setup, event);
    case "discovered":
      return discovered(setup, event);
    case "discover_failed":
      return discoverFailed(setup, event);
    case "streams_picked":
      return streamsPicked(setup, event);
    case "executed":
      return executed(setup, event);
    case "several":
      return several(setup, event.events);
  }
}

/** A conversation that has not begun begins; one that failed is taken up again by whatever changes it. */
function opened(setup: Setup, event: SetupEvent): Setup {
  if (setup.state === "welcome") return { ...setup, state: "select_source_type" };
  if (setup.state !== "failed" || !CHANGES.has(event.type)) return setup;
  return { ...setup, state: setup.picked.length > 0 ? "review" : "select_source_type" };
}

function several(setup: Setup, events: readonly SetupEvent[]): Step {
  return events.reduce<Step>((step, event) => {
    const next = take(step.setup, event);
    const note = sentences(step.note, next.note);
    return {
      setup: next.setup,
      effects: [...step.effects, ...next.effects],
      ...(note && { note }),
      data: { ...step.data, ...next.data },
    };
  }, stay(setup));
}

function openForm(setup: Setup): Step {
  if (!setup.connector)
    return stay(setup, "Say first which kind of source it is; every kind has a form of its own.");
  return { ...stay({ ...setup, state: "gather_credentials" }), data: { form: setup.connector } };
}
