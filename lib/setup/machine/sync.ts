import { redactText } from "#lib/redact.ts";
import { resolveSelection } from "../resolve-selection.ts";
import type { PickedStream, Setup } from "../state.ts";
import { canBeIncremental, cursorsOf } from "./proposal.ts";
import { named, type Of, type Step, sentences, stay } from "./step.ts";
import { scheduleProblem, tableProblem, targetTable, usualSchema } from "./table-names.ts";

/** What is proposed where nothing else was said. */
export const SUGGESTED_SCHEDULE = { kind: "cron", expression: "0 6 * * *", timezone: "UTC" } as const;

/** After a change: to the review if everything is known, else where the conversation was. */
const onwards = (setup: Setup): Setup =>
  setup.state === "configure_sync" && setup.picked.length > 0 && setup.schedule !== undefined
    ? { ...setup, state: "review" }
    : setup;

/** How often it runs; known at any time, it takes the conversation on where it was asked for. */
export function setSchedule(setup: Setup, { schedule }: Of<"set_schedule">): Step {
  const problem = schedule && scheduleProblem(schedule);
  if (problem) return stay(setup, problem);
  const noted =
    setup.state === "configure_sync" || setup.state === "review"
      ? undefined
      : "I have noted how often it should run.";
  return stay(onwards({ ...setup, schedule }), noted);
}

/** How streams are kept up to date, and where their rows go. */
export function setSync(setup: Setup, event: Of<"set_sync">): Step {
  if (setup.picked.length === 0)
    return stay(setup, "First choose what to take; then say how it is kept up to date.");
  const names = setup.picked.map(({ name }) => name);
  const meant = event.streams
    ? resolveSelection({ by: "names", names: event.streams }, names)
    : { names, unknown: [] };
  if (meant.names.length === 0) return stay(setup, "None of those is among what you chose.");
  if (event.table !== undefined) return setTable(setup, meant.names, event.table);
  const wanted = event.syncMode ?? (event.cursorField ? "incremental" : undefined);
  if (!wanted) return stay(setup);
  const refused: string[] = [];
  const picked = setup.picked.map((stream) => {
    if (!meant.names.includes(stream.name)) return stream;
    const changed = changeMode(stream, wanted, event.cursorField);
    if (!changed) refused.push(stream.name);
    return changed ?? stream;
  });
  const first = refused.length > 0 ? picked.find(({ name }) => name === refused[0]) : undefined;
  const cursors = first && canBeIncremental(first) ? cursorsOf(first) : [];
  const why =
    cursors.length > 0 ? `It could go by ${named(cursors)}.` : "They have no column that tells what is new.";
  const note = sentences(
    refused.length > 0 ? `I cannot read only what is new of ${named(refused)} that way.` : "",
    refused.length === 0
      ? ""
      : refused.length === 1 && cursors.length === 0
        ? "It has no column that tells what is new."
        : why,
    meant.unknown.length > 0 ? "Part of what you named is not among what you chose." : "",
  );
  return stay(
    { ...setup, picked, state: setup.state === "select_streams" ? "configure_sync" : setup.state },
    note,
  );
}

function changeMode(
  stream: PickedStream,
  mode: PickedStream["syncMode"],
  cursor?: string,
): PickedStream | undefined {
  const { cursorField, ...rest } = stream;
  if (mode === "full_refresh") return { ...rest, syncMode: mode };
  if (!canBeIncremental(stream)) return undefined;
  const cursors = cursorsOf(stream);
  const wanted = cursor ?? cursorField ?? cursors[0] ?? "";
  const field =
    cursors.find((one) => one === wanted) ??
    cursors.find((one) => one.toLowerCase() === wanted.toLowerCase());
  return field === undefined ? undefined : { ...rest, syncMode: mode, cursorField: field };
}

function setTable(setup: Setup, names: readonly string[], table: string): Step {
  const [name] = names;
  if (names.length !== 1 || name === undefined)
    return stay(setup, "Say of one of them which table it goes to.");
  const whole = table.includes(".") ? table : `${setup.targetSchema ?? "public"}.${table}`;
  const problem = tableProblem(whole);
  if (problem) return stay(setup, problem);
  const other = setup.picked.find(
    (one) => one.table.toLowerCase() === whole.toLowerCase() && one.name !== name,
  );
  if (other) return stay(setup, `${other.name} goes to that table already.`);
  return stay({
    ...setup,
    picked: setup.picked.map((one) => (one.name === name ? { ...one, table: whole } : one)),
  });
}

/** What the connection is called. Tables stay in the schema that was said, or move with the name. */
export function setTitle(setup: Setup, { title }: Of<"set_title">): Step {
  const said = redactText(title).replace(/\s+/g, " ").trim().slice(0, 100);
  if (said === "" || said !== title.replace(/\s+/g, " ").trim().slice(0, 100) || /:\/\/|[?&]\w+=/.test(said))
    return stay(setup, "That cannot be its name.");
  const moves = setup.title !== undefined && setup.targetSchema === usualSchema(setup.title);
  const named = { ...setup, title: said };
  return stay(moves ? inSchema(named, usualSchema(said)) : named, noted(setup, "name"));
}

/** Which warehouse it goes to, and which schema there. An empty destination is the built-in warehouse. */
export function setDestination(setup: Setup, { destination, schema }: Of<"set_destination">): Step {
  if (schema !== undefined) {
    const problem = tableProblem(`${schema}.t`);
    if (problem) return stay(setup, problem.replace("a table's name", "a schema's name"));
  }
  if (destination !== undefined && !/^[\w-]{0,64}$/.test(destination))
    return stay(setup, "That cannot be the name of a destination.");
  const { destination: before, ...rest } = setup;
  const where = destination ?? before;
  const placed: Setup = { ...rest, ...(where && { destination: where }) };
  return stay(schema === undefined ? placed : inSchema(placed, schema), noted(setup, "destination"));
}

function inSchema(setup: Setup, schema: string): Setup {
  const taken = new Set<string>();
  const picked = setup.picked.map((stream) => {
    const short = stream.table.split(".").at(-1) ?? "";
    const moved = `${schema}.${short}`;
    const table = tableProblem(moved) || taken.has(moved) ? targetTable(stream.name, schema, taken) : moved;
    taken.add(table);
    return { ...stream, table };
  });
  return { ...setup, targetSchema: schema, picked };
}

const noted = (setup: Setup, what: string): string | undefined =>
  ["configure_sync", "review"].includes(setup.state) ? undefined : `I have noted the ${what}.`;
