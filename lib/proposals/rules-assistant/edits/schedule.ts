import { describeSchedule, scheduleOf, zoneOf } from "#lib/ir/index.ts";
import type { Schedule } from "#lib/ir/schema.ts";
import { CannotDo, type Recogniser } from "../draft.ts";
import { whole } from "../words.ts";

const IT = "(?:this pipeline|the pipeline|the job|the load|it|this|that)";
const LEAD = whole(
  `(?:(?:(?:run|schedule|execute|start|trigger|refresh|load|do|repeat|sync)(?: ${IT})?(?: to run)?(?: on an?)?|` +
    "(?:change|set|switch|move|update) (?:(?:the |its )?schedule|it|this) (?:to be|to|to run)|" +
    `make ${IT}(?: run)?|(?:have|let) ${IT} run|${IT} (?:should|must|has to|needs to|shall) run|` +
    "(?:the )?schedule(?: is| should be)?:?|on an?|running|runs) )?(.+?)(?: schedule| basis)?",
);
const ZONE = whole(
  "(?:change|set|switch|move|use) (?:(?:the |its )?(?:schedule(?:'s)? )?time ?zone (?:to |of )?(?<a>[\\w/+ -]+?)(?: time)?|(?:the )?schedule to (?<b>[\\w/+ -]+?) time|(?<c>[\\w/+ -]+?) time)|(?:the )?time ?zone(?: should be| is|:) (?<d>[\\w/+ -]+?)(?: time)?|(?:in |on )(?<e>[\\w/+ -]+?) time",
);
const UNSCHEDULE = whole(
  "(?:remove|delete|drop|clear|cancel|stop|get rid of|take off) (?:the |its |this )?(?:schedule|scheduling|cron)|unschedule(?: it| this| the pipeline)?|(?:do not|don't|no longer) schedule (?:it|this) (?:anymore|any more|any longer)|" +
    "(?:run (?:it|this|the pipeline) )(?:only )?(?:manually|by hand|on demand)(?: only)?|(?:make it )?(?:manual|on demand)(?: only)?|no schedule|" +
    "stop running (?:it|this|the pipeline) (?:automatically|on a schedule)",
);

/** No schedule takes more characters to say; longer ones come of cutting a message of many wishes. */
const LONGEST = 200;

/** "run it every weekday at 6 in Berlin", "hourly", "cron 0 6 * * 1-5", "remove the schedule". */
export const schedule: Recogniser = (clause) => {
  if (clause.length > LONGEST) return undefined;
  if (UNSCHEDULE.test(clause)) {
    return (draft) => {
      if (!draft.ir.schedule) return "There is no schedule to remove.";
      delete draft.ir.schedule;
      return "Removes the schedule: the pipeline runs only when asked.";
    };
  }
  const { a, b, c, d, e } = ZONE.exec(clause)?.groups ?? {};
  const zone = zoneOf(a ?? b ?? c ?? d ?? e ?? "");
  if (zone) return inZone(zone);
  const { n, unit = "", way = "" } = SHIFT.exec(clause)?.groups ?? {};
  if (n) return shifted(n, unit, /earlier/i.test(way));
  const body = LEAD.exec(clause.replace(/((?:[\d*/,-]+ ){4}[\d*/a-z-]*[\d*a-z]),(?= [a-z])/i, "$1"))?.[1];
  if (!body || !scheduleOf(body)) return undefined;
  return (draft) => {
    const made = sameTime(scheduleOf(body, draft.ir.schedule) as Schedule, body, draft.ir.schedule);
    draft.ir.schedule = made;
    return `Schedules the pipeline: ${describeSchedule(made)}.`;
  };
};

const SHIFT = whole(
  "(?:(?:run|start|schedule|make|do) (?:it|this|that)|move (?:it|this|the schedule))? ?(?<n>an?|one|two|three|four|five|six|\\d{1,2}) (?<unit>hours?|minutes?) (?<way>earlier|later)",
);
const COUNTS = ["", "one", "two", "three", "four", "five", "six"];

/** "two hours earlier": where it runs once a day, and the day stays the same. */
function shifted(word: string, unit: string, earlier: boolean): ReturnType<Recogniser> {
  const count = /^an?$/i.test(word) ? 1 : Math.max(COUNTS.indexOf(word.toLowerCase()), 0) || Number(word);
  return (draft) => {
    const standing = draft.ir.schedule;
    const [minute = "", hour = "", ...days] = standing?.kind === "cron" ? standing.expression.split(" ") : [];
    const from = Number(hour) * 60 + Number(minute);
    const to = from + count * (/^h/i.test(unit) ? 60 : 1) * (earlier ? -1 : 1);
    if (standing?.kind !== "cron" || !/^\d+ \d+$/.test(`${minute} ${hour}`) || to < 0 || to >= 1440)
      throw new CannotDo("I cannot move that schedule by so much: say when it should run.");
    const expression = [to % 60, Math.floor(to / 60), ...days].join(" ");
    draft.ir.schedule = { ...standing, expression };
    return `Schedules the pipeline: ${describeSchedule(draft.ir.schedule)}.`;
  };
}

/** Days said without a time keep the time of day that stands. */
function sameTime(made: Schedule, said: string, standing: Schedule | undefined): Schedule {
  if (made.kind !== "cron" || standing?.kind !== "cron" || !made.expression.startsWith("0 0 ")) return made;
  if (/\d|noon|night/i.test(said)) return made;
  const [minute, hour] = standing.expression.split(" ");
  if (!/^\d+ \d+$/.test(`${minute} ${hour}`)) return made;
  return { ...made, expression: `${minute} ${hour} ${made.expression.split(" ").slice(2).join(" ")}` };
}

const inZone =
  (timezone: string): ReturnType<Recogniser> =>
  (draft) => {
    const standing = draft.ir.schedule;
    if (!standing) throw new CannotDo("There is no schedule yet: say when it should run as well.");
    if (!("timezone" in standing))
      throw new CannotDo(`It runs ${describeSchedule(standing)}: that is the same in every time zone.`);
    draft.ir.schedule = { ...standing, timezone };
    return `Schedules the pipeline: ${describeSchedule(draft.ir.schedule)}.`;
  };
