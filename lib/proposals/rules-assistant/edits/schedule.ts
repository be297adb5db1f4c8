import { describeSchedule } from "#lib/ir/index.ts";
import type { Schedule } from "#lib/ir/schema.ts";
import type { Recogniser } from "../draft.ts";
import { whole } from "../words.ts";
import { zoneOf } from "../zone.ts";

const DAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const DAY = "(?:mon|tues|wednes|thurs|fri|satur|sun)days?";
const TIME = "(?:\\d{1,2}(?::\\d{2})?(?: ?(?:am|pm|a\\.m\\.?|p\\.m\\.?))?(?: o'?clock)?|noon|midnight)";

const LEAD = whole(
  "(?:(?:(?:run|schedule|execute|start|trigger|refresh|load)(?: (?:this pipeline|the pipeline|the job|it|this))?(?: to run)?(?: on an?)?|" +
    "(?:change|set|switch|move|update) (?:the |its )?schedule (?:to be|to)|make (?:it|the pipeline|this pipeline)(?: run)?|" +
    "(?:it|the pipeline|this) (?:should|must|has to|shall) run|(?:the )?schedule(?: is| should be)?:?|on an?|running) )?(.+?)(?: schedule| basis)?",
);

/** When a text says how often, at what time and in which zone: the schedule, else undefined. */
export function scheduleOf(text: string, standing?: Schedule): Schedule | undefined {
  let rest = text.trim().replace(/\s+/g, " ");
  const inner = /^\(?(?:cron:? ?)?["'`]?((?:[\d*/,-]+ ){4}[\d*/,a-z-]+)["'`]?\)?(?: (.*))?$/i.exec(rest);
  const zoned = takeZone(inner ? (inner[2] ?? "") : rest);
  if (!zoned) return undefined;
  const kept = standing && "timezone" in standing ? standing.timezone : undefined;
  const timezone = zoned.zone ?? kept ?? "UTC";
  if (inner) return zoned.rest ? undefined : { kind: "cron", expression: inner[1] ?? "", timezone };
  rest = zoned.rest;
  const at = new RegExp(`(?:^|,? )at (${TIME})(?= |,|$)`, "i").exec(rest);
  const time = at ? clock(at[1] ?? "") : undefined;
  if (at && !time) return undefined;
  if (at)
    rest = `${rest.slice(0, at.index)} ${rest.slice(at.index + at[0].length)}`.trim().replace(/\s+/g, " ");
  return frequency(rest.replace(/,$/, ""), time, timezone);
}

function frequency(text: string, time: Clock | undefined, timezone: string): Schedule | undefined {
  const { hour, minute } = time ?? { hour: 0, minute: 0 };
  const cron = (days: string): Schedule => ({
    kind: "cron",
    expression: `${minute} ${hour} ${days}`,
    timezone,
  });
  const is = (pattern: string) => whole(pattern).exec(text);
  if (is("(?:hourly|every hour|each hour|once an hour)"))
    return time ? undefined : { kind: "cron", expression: "0 * * * *", timezone };
  if (is("(?:daily|every day|each day|once a day|nightly|every night|each night|every single day)"))
    return cron("* * *");
  if (is("(?:every|each|on) (?:weekdays?|working days?|workdays?|business days?)")) return cron("* * 1-5");
  if (is("(?:every|each|on) weekends?")) return cron("* * 0,6");
  if (is("(?:weekly|every week|each week|once a week)")) return cron("* * 1");
  if (is("(?:monthly|every month|each month|once a month)(?: on the (?:first|1st)(?: day)?)?"))
    return cron("1 * *");
  const monthly =
    is("(?:monthly|every month|each month) on the (\\d{1,2})(?:st|nd|rd|th)?") ??
    is("on the (\\d{1,2})(?:st|nd|rd|th)? of (?:every|each) month");
  if (monthly)
    return Number(monthly[1]) >= 1 && Number(monthly[1]) <= 28
      ? cron(`${Number(monthly[1])} * *`)
      : undefined;
  const days = is(`(?:weekly |every week )?(?:every|each|on) (${DAY}(?:(?:, (?:and )?| and )${DAY})*)`);
  if (days) return cron(`* * ${dayNumbers(days[1] ?? "")}`);
  const every = is(
    "every (\\d+|other|two|three|four|five|six|ten|fifteen|thirty)? ?(minutes?|mins?|hours?|hrs?)",
  );
  if (!every || time || every[1]?.toLowerCase() === "other") return undefined;
  const count = every[1] ? (WORDS[every[1].toLowerCase()] ?? Number(every[1])) : 1;
  const minutes = /^h/i.test(every[2] ?? "") ? count * 60 : count;
  return minutes >= 1 && minutes <= 1440 ? { kind: "interval", minutes } : undefined;
}

const WORDS: Record<string, number> = {
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  ten: 10,
  fifteen: 15,
  thirty: 30,
};

function dayNumbers(text: string): string {
  const named = text.toLowerCase().match(new RegExp(DAY, "g")) ?? [];
  return [...new Set(named.map((day) => DAYS.indexOf(day.replace(/s$/, ""))))].sort().join(",");
}

type Clock = { hour: number; minute: number };

function clock(text: string): Clock | undefined {
  if (/noon/i.test(text)) return { hour: 12, minute: 0 };
  if (/midnight/i.test(text)) return { hour: 0, minute: 0 };
  const match = /^(\d{1,2})(?::(\d{2}))?(?: ?([ap])\.?m\.?)?/i.exec(text);
  const half = match?.[3]?.toLowerCase();
  let hour = Number(match?.[1]);
  const minute = Number(match?.[2] ?? 0);
  if (half && (hour < 1 || hour > 12)) return undefined;
  if (half) hour = (hour % 12) + (half === "p" ? 12 : 0);
  return hour <= 23 && minute <= 59 ? { hour, minute } : undefined;
}

/** Takes "in Berlin", "Berlin time", "UTC", "(Europe/Berlin)" off a text. Undefined: a zone that is not known. */
function takeZone(text: string): { rest: string; zone?: string } | undefined {
  const match =
    /^(.*?)(?:^|,? )(?:\(([\w/+ -]+)\)|in (?:the )?(?:time ?zone )?([\w/+ -]+?)(?: time(?: ?zone)?)?|([\w/]+(?: [\w/]+)?) time|(utc|gmt|[A-Z][a-z]+\/[\w/+-]+))$/i.exec(
      text,
    );
  if (!match) return { rest: text };
  const zone = zoneOf(match[2] ?? match[3] ?? match[4] ?? match[5] ?? "");
  if (zone) return { rest: (match[1] ?? "").trim(), zone };
  return undefined;
}

/** "run it every weekday at 6 in Berlin", "hourly", "cron 0 6 * * 1-5", "remove the schedule". */
export const schedule: Recogniser = (clause) => {
  if (UNSCHEDULE.test(clause)) {
    return (draft) => {
      if (!draft.ir.schedule) return "There is no schedule to remove.";
      delete draft.ir.schedule;
      return "Removes the schedule: the pipeline runs only when asked.";
    };
  }
  const body = LEAD.exec(clause)?.[1];
  if (!body || !scheduleOf(body)) return undefined;
  return (draft) => {
    const made = scheduleOf(body, draft.ir.schedule) as Schedule;
    draft.ir.schedule = made;
    return `Schedules the pipeline: ${describeSchedule(made)}.`;
  };
};

const UNSCHEDULE = whole(
  "(?:remove|delete|drop|clear|cancel) (?:the |its |this )?schedule|unschedule(?: it| this| the pipeline)?|" +
    "(?:run (?:it|this|the pipeline) )(?:only )?(?:manually|by hand|on demand)(?: only)?|no schedule|" +
    "stop running (?:it|this|the pipeline) (?:automatically|on a schedule)",
);
