import { describeSchedule, zoneOf } from "#lib/ir/index.ts";
import type { Schedule } from "#lib/ir/schema.ts";
import { requireExecutable } from "../capable.ts";
import type { Recogniser } from "../draft.ts";
import { heard, said } from "../say.ts";
import { fileOf } from "./settings.ts";

type Arrival = Extract<Schedule, { kind: "file_arrival" }>;

/** Minutes between two looks where none are said. */
const USUAL = 5;
const RUN = "(run|start|trigger|load|execute|process)( it| this| them| the file| the files| the pipeline)?";
const SET = "(set|change|switch) (the |its )?schedule( to)?( run| start)?|(the )?schedule( is| should be)?:?";
const WHEN =
  "(when|whenever|as soon as|once|every time|each time|if) (a |an |the |any |each |another )?(new )?(files?|one|input|delivery) (arrives?|arrived|comes?( in)?|lands?|appears?|shows? up|is there|are there|is delivered|is dropped|gets there|turns up)";
const LOOK =
  "[,][ and]?[ (look|looking|check|checking|look for it|look for them|check for it|poll|polling)]?[ (for (new )?(files|one|it|them))]?[ every (?<n>\\d{1,4})? ?(?<unit>minutes?|mins?|hours?|hrs?)]";
const BY =
  "[,]?[ (it (has to|must|should) be there|at the latest|latest|no later than|expected|deadline:?|deadline is|due)]? ?(by|until|before|at) {clock}[ (?<days>on weekdays|every weekday|on working days|monday to friday|mon-fri)][ (in |on )?{any:zone}( time)?][,]?[ (else|otherwise|or|or else|and)]?[ (?<miss>skip|fail|note|only note|just note)( it| the run| the day)?]";
const ARRIVAL = [
  said(`((${RUN}|${SET}) )?${WHEN}${LOOK}`),
  said(`((${RUN}|${SET}) )?${WHEN}${LOOK}${BY}`),
  said(`${WHEN}[,] (then )?${RUN}${LOOK}`),
  said(`((${RUN}|${SET}) )?on (file arrival|arrival|new files?)${LOOK}`),
  said(`(schedule|run)( it| this| the pipeline)? (on|by|at) (file )?arrival${LOOK}`),
  said(
    "(look|check|poll|watch) (for |the folder for )new files every (?<n>\\d{1,4})? ?(?<unit>minutes?|mins?|hours?|hrs?)( and (load|run) (them|it)( when there are any)?)?",
  ),
  said("(watch|poll) the folder( for (new )?files)?"),
];

/** "run it when a file arrives", "check for new files every 10 minutes", "… by 7:00 in Berlin". */
export const arrival: Recogniser = (clause) => {
  const parts = heard(ARRIVAL, clause);
  if (!parts) return undefined;
  const { n, unit, clock, days, zone, miss } = parts;
  const everyMinutes = unit === undefined ? USUAL : Number(n ?? 1) * (/^h/i.test(unit) ? 60 : 1);
  const time = clock === undefined ? undefined : timeOf(clock);
  const timezone = zone === undefined ? undefined : zoneOf(zone.replace(/ time$/i, ""));
  if ((clock !== undefined && !time) || (zone !== undefined && !timezone)) return undefined;
  if (everyMinutes < 1 || everyMinutes > 1440) return undefined;
  return (draft) => {
    requireExecutable("schedule", "file_arrival", "A schedule that waits for files");
    const sources = draft.ir.nodes.filter((node) => node.kind === "source" && !("stream" in node.config));
    // With one source of files alone it need not be named.
    const source = sources.length === 1 ? undefined : fileOf(draft).id;
    fileOf(draft);
    const deadline: Arrival["deadline"] = time
      ? {
          time,
          ...(days && { days: ["mon", "tue", "wed", "thu", "fri"] }),
          ...(timezone && { timezone }),
          ...(miss && { onMiss: /^fail/i.test(miss) ? "fail" : "skip" }),
        }
      : undefined;
    const made: Arrival = {
      kind: "file_arrival",
      ...(source !== undefined && { source }),
      everyMinutes,
      ...(deadline && { deadline }),
    };
    draft.ir.schedule = made;
    return `Runs the pipeline ${describeSchedule(made)}.`;
  };
};

function timeOf(text: string): string | undefined {
  const [, hours = "", minutes = "00", half] = /^(\d{1,2})(?::(\d\d))? ?([ap])?/i.exec(text) ?? [];
  const hour = half ? (Number(hours) % 12) + (/p/i.test(half) ? 12 : 0) : Number(hours);
  if (hour > 23 || Number(minutes) > 59 || (half && (Number(hours) < 1 || Number(hours) > 12)))
    return undefined;
  return `${String(hour).padStart(2, "0")}:${minutes}`;
}
