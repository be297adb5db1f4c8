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
  "(?:change|set|switch|move|use) (?:(?:the |its )?(?:schedule(?:'s)? )?time ?zone (?:to |of )?(?<a>[\\w/+ -]+?)(?: time)?|(?:the )?schedule to (?<b>[\\w/+ -]+?) time|(?<c>[\\w/+ -]+?) time)|(?:the )?time ?zone(?: should be| is|:) (?<d>[\\w/+ -]+?)(?: time)?",
);
const UNSCHEDULE = whole(
  "(?:remove|delete|drop|clear|cancel|stop|get rid of|take off) (?:the |its |this )?(?:schedule|scheduling|cron)|unschedule(?: it| this| the pipeline)?|(?:do not|don't|no longer) schedule (?:it|this)(?: anymore| any more)?|" +
    "(?:run (?:it|this|the pipeline) )(?:only )?(?:manually|by hand|on demand)(?: only)?|(?:make it )?(?:manual|on demand)(?: only)?|no schedule|" +
    "stop running (?:it|this|the pipeline) (?:automatically|on a schedule)",
);

/** "run it every weekday at 6 in Berlin", "hourly", "cron 0 6 * * 1-5", "remove the schedule". */
export const schedule: Recogniser = (clause) => {
  if (UNSCHEDULE.test(clause)) {
    return (draft) => {
      if (!draft.ir.schedule) return "There is no schedule to remove.";
      delete draft.ir.schedule;
      return "Removes the schedule: the pipeline runs only when asked.";
    };
  }
  const { a, b, c, d } = ZONE.exec(clause)?.groups ?? {};
  const zone = zoneOf(a ?? b ?? c ?? d ?? "");
  if (zone) return inZone(zone);
  const body = LEAD.exec(clause)?.[1];
  if (!body || !scheduleOf(body)) return undefined;
  return (draft) => {
    const made = scheduleOf(body, draft.ir.schedule) as Schedule;
    draft.ir.schedule = made;
    return `Schedules the pipeline: ${describeSchedule(made)}.`;
  };
};

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
