import { connectorSpecs } from "#lib/connectors/schema.ts";
import { limits } from "#lib/limits.ts";
import type { Answer, Effect, Setup } from "../state.ts";
import { fieldTitles, noun, specOf, stillMissing } from "./connector.ts";
import { mendable } from "./navigate.ts";
import { counted, named, sentences } from "./step.ts";
import { askReview, askSync } from "./summary.ts";

/** Names that a message shows. */
const SHOWN = 20;

const option = (value: string, label = value) => ({ value, label });

/**
 * What a state asks for: its question, replies that can be sent as they are, and data. The keys of `data` are stable:
 * - `select_source_type`: none
 * - `gather_credentials`: `required_fields` (missing ones); once something was given also `config`, `held`; after a check
 *   that failed `check {ok:false, stage, code, field?, message, fix}`; where the form is the way `form` (the connector)
 * - `select_streams`: `total`, `streams` (first names), `picked` (names); of none `causes`, `query`
 * - `configure_sync`, `review`, `execute`: see summary.ts
 * - `done`: `connection_id`, `source_id`, `pipeline_id`, `pipeline_slug`, `schedule {ok, error?}`,
 *   `initial_sync {ok, run_id?, error?}`
 * - `failed`: `error`, and the ids of what exists nevertheless
 */
export function ask(setup: Setup, effects: readonly Effect[], now: Date): Answer {
  if (effects.some(({ type }) => type === "pick_streams"))
    return { message: "One moment: I look that up.", options: [], data: {} };
  switch (setup.state) {
    case "welcome":
    case "select_source_type":
      return {
        message: "Welcome! What type of data source would you like to connect?",
        options: Object.values(connectorSpecs).map(({ name, title }) => option(name, title)),
        data: {},
      };
    case "gather_credentials":
      return askFields(setup);
    case "test_connection":
      return underWay("I am testing the connection.", effects);
    case "discover_schema":
      return underWay(
        `The connection works. I am looking which ${noun(specOf(setup.connector))}s there are.`,
        effects,
      );
    case "select_streams":
      return askStreams(setup);
    case "configure_sync":
      return askSync(setup, now);
    case "review":
      return askReview(setup, now);
    case "execute":
      return underWay("I am setting it up.", effects);
    case "done":
      return sayDone(setup);
    case "failed":
      return sayFailed(setup);
  }
}

/** Something is being done outside; if it is not (another process died over it), it can be begun again. */
const underWay = (message: string, effects: readonly Effect[]): Answer => ({
  message,
  options: effects.length > 0 ? [] : [option("retry", "Try again"), option("back", "Back")],
  data: {},
});

function askFields(setup: Setup): Answer {
  const spec = specOf(setup.connector);
  if (!spec)
    return { message: "Say first which kind of source it is.", options: [], data: { required_fields: [] } };
  const missing = stillMissing(setup);
  const { failure, config, held } = setup;
  const given = Object.keys(config).length + held.length > 0;
  const needs = fieldTitles(spec, missing);
  const data = {
    required_fields: missing,
    ...(given && { config: { ...config }, held: [...held] }),
    ...(failure && { check: { ok: false, ...failure } }),
    ...(!spec.guided && { form: spec.name }),
  };
  const form = spec.guided ? [] : [option("open form", "Open the form")];
  if (failure) {
    const said = sentences(
      "I could not connect.",
      failure.message,
      failure.fix,
      missing.length > 0 ? `I still need: ${needs}` : "",
    );
    return {
      message: said ?? "",
      options: [option("retry", "Try again"), option("back", "Another kind of source")],
      data,
    };
  }
  if (missing.length === 0) {
    const message = `I have all that ${spec.title} needs. Go on and I test the connection, or say what to change.`;
    return { message, options: [option("go on", "Test the connection"), ...form], data };
  }
  if (!spec.guided) {
    const message = `${spec.title} is set up in its form, where every field is explained. You can give me the fields here too; I'll need: ${needs}`;
    return { message, options: form, data };
  }
  const message = given ? `I still need: ${needs}` : `To connect to ${spec.title}, I'll need: ${needs}`;
  return { message, options: [], data };
}

function askStreams({ connector, found, picked }: Setup): Answer {
  const spec = specOf(connector);
  const what = noun(spec);
  const { total = 0, names = [], query, causes = [] } = found ?? {};
  const data = { total, streams: names.slice(0, SHOWN), picked: picked.map(({ name }) => name) };
  if (total === 0) {
    const why =
      causes.length > 0 ? `Possible causes: ${causes.map((one) => one.replace(/\.$/, "")).join("; ")}.` : "";
    const asked = query ? `This is what I asked for: ${query}` : "";
    return {
      message: sentences(`I could connect, but found no ${what}s.`, why, asked) ?? "",
      options: [option("retry", "Look again"), option("back", "Change the connection")],
      data: { ...data, causes, ...(query && { query }) },
    };
  }
  const list = named(names.slice(0, SHOWN), SHOWN);
  const more =
    total > SHOWN
      ? ` The first ${Math.min(SHOWN, names.length)}: ${list}.`
      : ` ${list.charAt(0)}${list.slice(1)}.`;
  return {
    message: `I found ${counted(total, what)}:${more.replace(/^ The/, " the")} Which do you want?`,
    options: [
      ...(picked.length > 0 ? [option("go on", `Keep the ${picked.length} chosen`)] : []),
      ...(total <= limits.pickedStreams ? [option("all", `All ${total}`)] : []),
      ...(total > 5 ? [option("the first five", "The first five")] : []),
      ...names
        .slice(0, 4)
        .filter((name) => /^[\w./*-]+$/.test(name))
        .map((name) => option(name)),
    ],
    data,
  };
}

function sayDone(setup: Setup): Answer {
  const { outcome = {}, title = "The connection" } = setup;
  const { schedule, initial_sync: sync } = outcome;
  const parts = [
    `${title} is connected: the source and its pipeline are saved.`,
    schedule?.ok === false
      ? `The schedule could not be set: ${plain(schedule.error)}`
      : setup.schedule
        ? "The schedule is set."
        : "It runs when you say so.",
    sync?.ok === false
      ? `The first run could not be started: ${plain(sync.error)}`
      : "The first run has started.",
    outcome.error === undefined ? "" : plain(outcome.error),
    mendable(setup) ? 'Say "retry" and I try again what did not work.' : "",
  ];
  return {
    message: parts.filter(Boolean).join(" "),
    options: [
      ...(mendable(setup) ? [option("retry", "Try again")] : []),
      option("start over", "Connect another source"),
    ],
    data: outcomeData(outcome),
  };
}

function sayFailed({ outcome }: Setup): Answer {
  if (!outcome)
    return {
      message: "Cancelled. Nothing was made, and what you entered is forgotten.",
      options: [option("start over", "Begin again")],
      data: {},
    };
  return {
    message: `It could not be set up: ${plain(outcome.error)} Nothing you entered is lost.`,
    options: [
      option("retry", "Try again"),
      option("back", "Look at it again"),
      option("start over", "Start over"),
    ],
    data: { error: plain(outcome.error), ...outcomeData(outcome) },
  };
}

function outcomeData({ error: _, ...outcome }: NonNullable<Setup["outcome"]>): Record<string, unknown> {
  return { ...(outcome.pipeline_id && { connection_id: outcome.pipeline_id }), ...outcome };
}

const plain = (error: string | undefined): string => {
  const said = (error ?? "the reason is not known").trim();
  return /[.!?]$/.test(said) ? said : `${said}.`;
};
