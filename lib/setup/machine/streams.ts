import type { Stream } from "#lib/connectors/schema.ts";
import { limits } from "#lib/limits.ts";
import { resolveSelection } from "../resolve-selection.ts";
import type { PickedStream, Setup } from "../state.ts";
import { noun, specOf } from "./connector.ts";
import { proposeStreams, withNames } from "./proposal.ts";
import { counted, named, type Of, type Step, sentences, stay } from "./step.ts";
import { nameable } from "./table-names.ts";

/** States in which streams may be chosen: from the list on, until something is made. */
const CHOOSING = ["select_streams", "configure_sync", "review"];
/** Names that a conversation remembers of what was found. */
const REMEMBERED = 100;

/** The connection works: what is there is listed. Or it does not: back to its fields. */
export function tested(setup: Setup, { failure, works }: Of<"tested">): Step {
  if (setup.state !== "test_connection") return stay(setup);
  if (failure) return stay({ ...setup, state: "gather_credentials", failure });
  const known: Setup = { ...setup, state: "discover_schema", tested: works };
  return { setup: known, effects: [{ type: "discover_schema" }] };
}

/** What is there is known. Streams that were chosen before are looked for again. */
export function discovered(setup: Setup, event: Of<"discovered">): Step {
  if (setup.state !== "discover_schema") return stay(setup);
  const found = { ...event.found, names: event.found.names.slice(0, REMEMBERED) };
  if (setup.picked.length === 0 || found.total === 0)
    return stay({ ...setup, state: "select_streams", found, picked: [] });
  const names = setup.picked.map(({ name }) => name);
  return {
    setup: { ...setup, found },
    effects: [{ type: "pick_streams", selection: { by: "names", names }, how: "only" }],
  };
}

/** What is there could not be listed: back to the connection's fields. */
export function discoverFailed(setup: Setup, { failure }: Of<"discover_failed">): Step {
  if (!["discover_schema", ...CHOOSING].includes(setup.state)) return stay(setup);
  return stay({ ...setup, state: "gather_credentials", failure });
}

/** Chooses streams. Names have to be looked up outside; what is taken away is known here. */
export function select(setup: Setup, { selection, how }: Of<"select">): Step {
  if (!CHOOSING.includes(setup.state) || !setup.found)
    return stay(setup, "Which streams to take comes after the connection.");
  if (setup.found.total === 0) return stay(setup);
  if (how !== "remove") return { setup, effects: [{ type: "pick_streams", selection, how }] };
  const chosen = setup.picked.map(({ name }) => name);
  const { names, unknown } = resolveSelection(selection, chosen);
  const picked = setup.picked.filter(({ name }) => !names.includes(name));
  const note = sentences(
    names.length > 0 ? `Left out: ${named(names)}.` : "",
    notFound(unknown, "among those chosen"),
  );
  return stay({ ...setup, picked, ...(picked.length === 0 && { state: "select_streams" }) }, note);
}

/** Streams were looked up: on to how they are kept, or to the review where that is known. */
export function streamsPicked(setup: Setup, event: Of<"streams_picked">): Step {
  const replayed = setup.state === "discover_schema";
  if (!replayed && !CHOOSING.includes(setup.state)) return stay(setup);
  const fresh = event.streams.filter(({ name }) => event.how === "only" || !isPicked(setup, name));
  const readable = fresh.filter(nameable);
  const unreadable = fresh.filter((stream) => !nameable(stream)).map(({ name }) => name);
  const kept: Stream[] = event.how === "only" ? [] : setup.picked.map(asStream);
  const streams =
    event.how === "remove"
      ? kept.filter(({ name }) => !event.streams.some((one) => one.name === name))
      : [...kept, ...readable];
  const note = sentences(
    notFound(event.unknown, replayed ? "any more, so I leave out what was chosen of it" : ""),
    unreadable.length > 0
      ? `Left out, because a pipeline cannot name ${unreadable.length === 1 ? "it" : "them"}: ${named(unreadable)}.`
      : "",
  );
  if (streams.length > limits.pickedStreams) {
    const most = `One connection takes at most ${limits.pickedStreams} ${noun(specOf(setup.connector))}s, and those are ${streams.length}. Choose fewer.`;
    return stay(replayed ? { ...setup, state: "select_streams" } : setup, sentences(note, most));
  }
  if (streams.length === 0)
    return stay({ ...setup, state: "select_streams", picked: [] }, note ?? "Nothing there has such a name.");
  const ready = withNames(setup);
  const picked = proposeStreams(streams, ready.targetSchema, setup.picked);
  const state = setup.schedule === undefined ? "configure_sync" : "review";
  const { failure: _, ...rest } = ready;
  return stay(
    { ...rest, picked, state },
    sentences(note, `${counted(picked.length, noun(specOf(setup.connector)))} chosen.`),
  );
}

const isPicked = (setup: Setup, name: string): boolean => setup.picked.some((one) => one.name === name);

const asStream = (picked: PickedStream): Stream => {
  const { syncMode: _mode, cursorField: _cursor, table: _table, ...stream } = picked;
  return { ...stream, bytes: null };
};

/** Names that match nothing; what is no plain name is not repeated. */
function notFound(unknown: readonly string[], where: string): string | undefined {
  if (unknown.length === 0) return undefined;
  const plain = unknown.filter((name) => /^[\p{L}\p{N}_.*?$/ -]{1,80}$/u.test(name));
  const what = plain.length > 0 ? named(plain) : "something of that";
  return `I did not find ${what}${where ? ` ${where}` : ""}.`;
}
