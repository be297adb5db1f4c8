import { type ConnectorSpec, fieldsOf } from "#lib/connectors/schema.ts";
import type { Setup } from "../state.ts";
import { fieldProblem, fieldTitles, isSecret, specOf, stillMissing } from "./connector.ts";
import { type Of, type Step, sentences, stay } from "./step.ts";

/** Fields that mean the same for every connector that has them. A port does not: each has a usual one of its own. */
const SHARED = ["host", "database", "username"];

/** Chooses a connector; of another one before, only what means the same is kept, and none of its secrets. */
export function chooseConnector(setup: Setup, { connector }: { connector: string }): Step {
  const spec = specOf(connector);
  if (!spec) return stay(setup, "I do not know that kind of source.");
  if (connector === setup.connector) return stay({ ...setup, state: "gather_credentials" });
  const before = specOf(setup.connector);
  const config = Object.fromEntries(
    SHARED.flatMap((name) => {
      const value = setup.config[name];
      return value === undefined || fieldProblem(spec, name, value) ? [] : [[name, value] as const];
    }),
  );
  const kept = Object.keys(config);
  const note =
    before && sentences(`${spec.title} then.`, kept.length > 0 ? `I keep: ${fieldTitles(spec, kept)}.` : "");
  return {
    setup: {
      state: "gather_credentials",
      connector,
      config,
      held: [],
      picked: [],
      ...(setup.schedule !== undefined && { schedule: setup.schedule }),
      ...(setup.destination && { destination: setup.destination }),
    },
    effects: setup.held.length > 0 ? [{ type: "shred" }] : [],
    ...(note && { note }),
  };
}

/** Takes fields that were given; tests the connection as soon as nothing is missing. */
export function giveFields(setup: Setup, event: Of<"give_fields">): Step {
  const chosen = event.connector ? chooseConnector(setup, { connector: event.connector }) : stay(setup);
  const spec = specOf(chosen.setup.connector);
  if (!spec) return stay(setup, "Say first which kind of source it is.");
  const { next, problems } = merge(chosen.setup, spec, event);
  const note = sentences(
    chosen.note,
    ...problems.map(({ field, message }) => `${titleOf(spec, field)} ${message}.`),
  );
  if (problems.length > 0) {
    const refused = problems.map(({ field, message }) => ({ field, message }));
    return {
      setup: { ...next, state: "gather_credentials" },
      effects: chosen.effects,
      note,
      data: { refused },
    };
  }
  const step = advance(next);
  return { ...step, effects: [...chosen.effects, ...step.effects], ...(note && { note }) };
}

/** On to the test if nothing is missing, else back to asking. */
export function advance(setup: Setup): Step {
  if (!specOf(setup.connector)) return stay({ ...setup, state: "select_source_type" });
  if (stillMissing(setup).length > 0) return stay({ ...setup, state: "gather_credentials" });
  const { failure: _, ...rest } = setup;
  return { setup: { ...rest, state: "test_connection" }, effects: [{ type: "test_connection" }] };
}

type Problem = { field: string; message: string };

function merge(
  setup: Setup,
  spec: ConnectorSpec,
  event: Of<"give_fields">,
): { next: Setup; problems: Problem[] } {
  const config = { ...setup.config };
  const held = new Set(setup.held);
  const problems: Problem[] = [...(event.refused ?? [])];
  for (const [name, value] of Object.entries(event.fields)) {
    const known = Object.hasOwn(spec.config.shape, name);
    if (!known) problems.push({ field: "", message: `has a field that ${spec.title} does not have` });
    else if (value === "") {
      delete config[name];
      held.delete(name);
    } else if (isSecret(spec, name)) continue;
    else {
      const problem = fieldProblem(spec, name, value);
      if (problem) problems.push({ field: name, message: problem });
      else config[name] = value;
    }
  }
  for (const name of event.held.filter((one) => isSecret(spec, one))) {
    for (const group of spec.alternatives ?? [])
      if (group.includes(name)) for (const other of group) held.delete(other);
    held.add(name);
  }
  const { failure: _, ...rest } = setup;
  const next = { ...(problems.length > 0 ? setup : rest), config, held: [...held] };
  return {
    next,
    problems: problems.filter(({ field }, at) => problems.findIndex((one) => one.field === field) === at),
  };
}

const titleOf = (spec: ConnectorSpec, name: string): string =>
  fieldsOf(spec).find((field) => field.name === name)?.title ?? "What was given";
