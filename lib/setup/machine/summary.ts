import { describeSchedule, nextRuns } from "#lib/ir/index.ts";
import type { Answer, PickedStream, Setup } from "../state.ts";
import { noun, specOf } from "./connector.ts";
import { loadOf } from "./proposal.ts";
import { counted, named } from "./step.ts";
import { SUGGESTED_SCHEDULE } from "./sync.ts";

/** Streams that are told one by one; more are summed up. */
const TOLD = 8;

/** How one stream is kept, as programs see it. */
const streamData = (stream: PickedStream) => ({
  name: stream.name,
  sync_mode: stream.syncMode,
  ...(stream.cursorField && { cursor_field: stream.cursorField }),
  primary_key: stream.primaryKey,
  load_mode: loadOf(stream),
  table: stream.table,
});

function inWords({ name, syncMode, cursorField, table, ...stream }: PickedStream): string {
  if (syncMode === "full_refresh") return `${name} → ${table}: everything each time`;
  const how =
    loadOf({ syncMode, ...stream }) === "upsert" ? "" : "; it has no key, so changed rows are added again";
  return `${name} → ${table}: only what is new, by ${cursorField}${how}`;
}

function streamsInWords(setup: Setup): string {
  const { picked } = setup;
  if (picked.length <= TOLD) return picked.map((stream) => `- ${inWords(stream)}`).join("\n");
  const news = picked.filter(({ syncMode }) => syncMode === "incremental");
  const rest = picked.length - news.length;
  const what = noun(specOf(setup.connector));
  return [
    `- ${counted(picked.length, what)} → schema ${setup.targetSchema ?? ""}: ${named(
      picked.map(({ name }) => name),
      TOLD,
    )}`,
    news.length > 0 ? `- of ${news.length} only what is new` : "",
    rest > 0 ? `- of ${rest} everything each time` : "",
  ]
    .filter(Boolean)
    .join("\n");
}

/** null: on request only. The next runs as ISO 8601 moments in UTC. */
function scheduleData(schedule: Setup["schedule"], now: Date) {
  if (!schedule) return { schedule: null, schedule_text: "when you say so", next_runs: [] };
  const runs = nextRuns(schedule, now, 3).map((run) => run.toISOString());
  return { schedule, schedule_text: describeSchedule(schedule), next_runs: runs };
}

/**
 * Proposes how streams are kept, and asks how often. Data: `streams [{name, sync_mode, cursor_field?, primary_key,
 * load_mode, table}]`, `target_schema`, `suggested_schedule`, and once it is known `schedule`, `schedule_text`,
 * `next_runs`.
 */
export function askSync(setup: Setup, now: Date): Answer {
  const known = setup.schedule !== undefined;
  const asked = known
    ? `It runs ${scheduleData(setup.schedule, now).schedule_text}. Go on, or say what to change.`
    : "How often should it run? I suggest every day at 6:00 (UTC).";
  return {
    message: `This is how I would keep it up to date:\n${streamsInWords(setup)}\n${asked}`,
    options: [
      ...(known ? [{ value: "go on", label: "Go on" }] : []),
      { value: "every day at 6:00", label: "Every day at 6:00" },
      { value: "every hour", label: "Every hour" },
      { value: "only when I say so", label: "Only when I say so" },
    ],
    data: {
      streams: setup.picked.map(streamData),
      target_schema: setup.targetSchema ?? null,
      suggested_schedule: SUGGESTED_SCHEDULE,
      ...(known && scheduleData(setup.schedule, now)),
    },
  };
}

/**
 * Everything before it is made. Data: `connector`, `title`, `config` (without secrets), `held` (names of secrets),
 * `streams` as above, `target_schema`, `destination` (null: the built-in warehouse), `schedule` (null: on request),
 * `schedule_text`, `next_runs` (the next three).
 */
export function askReview(setup: Setup, now: Date): Answer {
  const spec = specOf(setup.connector);
  const schedule = scheduleData(setup.schedule, now);
  const runs =
    schedule.next_runs.length > 0 ? ` Next: ${schedule.next_runs.map(atMinute).join(", ")} UTC.` : "";
  const to = setup.destination ? `destination ${setup.destination}` : "the built-in warehouse";
  return {
    message: `Please look it over. "${setup.title ?? ""}" reads from ${spec?.title ?? "the source"} into ${to}:\n${streamsInWords(setup)}\nIt runs ${schedule.schedule_text}.${runs}\nShall I create it?`,
    options: [
      { value: "create it", label: "Create it" },
      { value: "change the streams", label: `Change the ${noun(spec)}s` },
      { value: "change the schedule", label: "Change the schedule" },
      { value: "change the connection", label: "Change the connection" },
    ],
    data: {
      connector: setup.connector ?? null,
      title: setup.title ?? null,
      config: { ...setup.config },
      held: [...setup.held],
      streams: setup.picked.map(streamData),
      target_schema: setup.targetSchema ?? null,
      destination: setup.destination ?? null,
      ...schedule,
    },
  };
}

const atMinute = (moment: string): string => moment.slice(0, 16).replace("T", " ");
