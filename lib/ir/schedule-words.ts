import { policiesOf, type Schedule } from "./schedule-schema.ts";
import { whole } from "./whole.ts";
import { zoneOf } from "./zone-words.ts";

const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const DAY = "(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?|mon|tues?|wed|thu(?:rs?)?|fri|sat|sun)";
const CLOCK = "\\d{1,2}(?:[:.]\\d{2}|h\\d{2})?(?: ?(?:am|pm|a\\.m\\.?|p\\.m\\.?))?(?: o'?clock)?(?: ?h)?";
const TIME = `(?:(?:${CLOCK}|noon|midnight)(?: in the (?:morning|afternoon|evening)| at night)?)`;
/** A time said without "at" must look like one: 6am, 18:30, noon. */
const BARE = "(?:\\d{1,2}(?::\\d{2})? ?(?:am|pm|a\\.m\\.?|p\\.m\\.?)|\\d{1,2}:\\d{2}|noon|midnight)";

type Clock = { hour: number; minute: number };

/**
 * The schedule that a text means: how often, at what time, in which zone; undefined if any part of it is not understood.
 * @param standing what it replaces: its zone is kept where none is said, its days where only a time is said, and what
 * it says of missed and meeting runs.
 */
export function scheduleOf(text: string, standing?: Schedule): Schedule | undefined {
  const said = saidSchedule(text, standing);
  return said && { ...said, ...(standing && policiesOf(standing)) };
}

function saidSchedule(text: string, standing?: Schedule): Schedule | undefined {
  let rest = text.trim().replace(/\s+/g, " ").replace(/,$/, "");
  const inner =
    /^(?:\(?(?:cron:? ?)?["'`]?((?:[\d*/,-]+ ){4}[\d*/,a-z-]+)["'`]?\)?)(?: (.*))?$/i.exec(rest) ?? undefined;
  const zoned = takeZone(inner ? (inner[2] ?? "") : rest);
  const kept = standing && "timezone" in standing ? standing.timezone : undefined;
  const timezone = zoned.zone ?? kept ?? "UTC";
  if (inner) return zoned.rest ? undefined : { kind: "cron", expression: inner[1] ?? "", timezone };
  rest = zoned.rest;
  const taken = takeTimes(rest);
  if (!taken) return undefined;
  return frequency(taken.rest, taken.times, timezone, standing);
}

const TIMES = `${TIME}(?:(?:, (?:and )?| and )${TIME})*`;
const AT_TIMES = new RegExp(`(?:^|,? )(?:at|@)(?: about| around)? (${TIMES})(?! minutes?\\b)(?= |,|$)`, "i");
const BARE_TIMES = new RegExp(`(?:^|,? )(${BARE}(?: and ${BARE})*)(?= |,|$)`, "i");

/** Takes "at 6", "6:30am", "at 6 and 18" out of a text. Undefined: a time that is none. */
function takeTimes(text: string): { rest: string; times: Clock[] } | undefined {
  const found = AT_TIMES.exec(text) ?? BARE_TIMES.exec(text);
  if (!found) return { rest: text, times: [] };
  const times = (found[1] ?? "").split(/, (?:and )?| and /i).map(clock);
  if (times.some((time) => !time)) return undefined;
  const rest = `${text.slice(0, found.index)} ${text.slice(found.index + found[0].length)}`;
  return { rest: rest.trim().replace(/\s+/g, " ").replace(/,$/, ""), times: times as Clock[] };
}

function clock(text: string): Clock | undefined {
  if (/noon/i.test(text)) return { hour: 12, minute: 0 };
  if (/midnight/i.test(text)) return { hour: 0, minute: 0 };
  const match = /^(\d{1,2})(?:[:.h](\d{2}))?(?: ?([ap])\.?m\.?)?/i.exec(text);
  const part = /in the (morning|afternoon|evening)|at (night)/i.exec(text);
  const half = match?.[3]?.toLowerCase() ?? (part ? (/morning/i.test(part[0]) ? "a" : "p") : undefined);
  let hour = Number(match?.[1]);
  const minute = Number(match?.[2] ?? 0);
  if (match?.[3] && (hour < 1 || hour > 12)) return undefined;
  // "2 at night" may be either side of midnight: not ours to decide.
  if (part?.[2] && hour < 6) return undefined;
  if (half && hour <= 12) hour = (hour % 12) + (half === "p" ? 12 : 0);
  return hour <= 23 && minute <= 59 ? { hour, minute } : undefined;
}

function frequency(
  text: string,
  times: Clock[],
  timezone: string,
  standing: Schedule | undefined,
): Schedule | undefined {
  const minutes = new Set(times.map(({ minute }) => minute));
  if (minutes.size > 1) return undefined;
  const [{ minute, hour: first } = { hour: 0, minute: 0 }] = times;
  const hours =
    times.length > 1 ? [...new Set(times.map(({ hour }) => hour))].sort((a, b) => a - b) : [first];
  const cron = (days: string): Schedule => ({
    kind: "cron",
    expression: `${minute} ${hours.join(",")} ${days}`,
    timezone,
  });
  const is = (pattern: string) => compiled(pattern).exec(text);
  if (text === "") return times.length > 0 ? cron(standingDays(standing)) : undefined;
  const past =
    is("(?:hourly|every hour|each hour) at (?:minute |:)(\\d{1,2})") ??
    is("(?:at )?(\\d{1,2}) minutes (?:past|after) (?:every|each|the) hour");
  if (past) return Number(past[1]) < 60 ? hourly(Number(past[1]), timezone) : undefined;
  if (is("(?:hourly|(?:every|each)(?: single)? hour|once (?:an|every|per) hour)"))
    return times.length > 0 ? undefined : hourly(0, timezone);
  if (
    is(
      "(?:(?:once )?daily|(?:once )?(?:every|each)(?: single)? (?:day|night)|once (?:a|per) day|nightly|per day)",
    ) ||
    (times.length > 0 && is("(?:every|each) (?:morning|evening|afternoon)"))
  )
    return cron("* * *");
  if (
    is(
      "(?:(?:every|each|on|only on) )?(?:all )?(?:weekdays?|working days?|workdays?|business days?)(?: only)?",
    )
  )
    return cron("* * 1-5");
  if (is("(?:(?:every|each|on|only on) )?weekends?(?: only)?")) return cron("* * 0,6");
  if (is("(?:(?:once )?weekly|(?:once )?every week|each week|once (?:a|per) week)")) return cron("* * 1");
  return monthly(is, cron) ?? weekly(is, cron) ?? interval(is, times);
}

const hourly = (minute: number, timezone: string): Schedule => ({
  kind: "cron",
  expression: `${minute} * * * *`,
  timezone,
});

/** The days of a standing schedule, as the end of a cron line; every day where there are none. */
function standingDays(standing: Schedule | undefined): string {
  const fields = standing?.kind === "cron" ? standing.expression.split(" ") : [];
  return fields.length === 5 && /^\d+$/.test(fields[1] ?? "") ? fields.slice(2).join(" ") : "* * *";
}

type Is = (pattern: string) => RegExpExecArray | null;
const patterns = new Map<string, RegExp>();
/** The patterns here are few and constant; each is compiled once. */
function compiled(pattern: string): RegExp {
  const known = patterns.get(pattern) ?? whole(pattern);
  patterns.set(pattern, known);
  return known;
}
const MONTH = "(?:the|every|each) month";

function monthly(is: Is, cron: (days: string) => Schedule): Schedule | undefined {
  if (
    is(
      "(?:(?:once )?monthly|every month|each month|once (?:a|per) month)(?: on the (?:first|1st)(?: day)?)?",
    ) ||
    is(`(?:on )?(?:every|each|the) (?:first|1st)(?: day)? of (?:${MONTH}|a month)`)
  )
    return cron("1 * *");
  const day =
    is("(?:monthly|every month|each month) on the (\\d{1,2})(?:st|nd|rd|th)?") ??
    is(`(?:(?:on )?(?:every|each|the) |on )(\\d{1,2})(?:st|nd|rd|th)? of ${MONTH}`);
  // The 29th and later do not come every month: that is for the user to decide.
  return day && Number(day[1]) >= 1 && Number(day[1]) <= 28 ? cron(`${Number(day[1])} * *`) : undefined;
}

function weekly(is: Is, cron: (days: string) => Schedule): Schedule | undefined {
  const list = `${DAY}(?:(?:, (?:and )?| and | & )${DAY})*`;
  const days = is(`(?:weekly |every week |once a week )?(?:(?:every|each|on|only on) )?(${list})(?: only)?`);
  if (days) return cron(`* * ${dayNumbers(days[1] ?? "").join(",")}`);
  const range = is(
    `(?:(?:every day |daily )?from |every )?(${DAY})(?: to | till | until | through |-)(${DAY})`,
  );
  if (range) {
    const [from = 0, to = 0] = [...dayNumbers(range[1] ?? ""), ...dayNumbers(range[2] ?? "")];
    return from < to ? cron(`* * ${from}-${to}`) : undefined;
  }
  const but = is(`(?:every day|daily|each day) (?:except|but not)(?: on)? (${list})`);
  const out = but && dayNumbers(but[1] ?? "");
  return out ? cron(`* * ${[0, 1, 2, 3, 4, 5, 6].filter((day) => !out.includes(day)).join(",")}`) : undefined;
}

function dayNumbers(text: string): number[] {
  const named = text.toLowerCase().match(new RegExp(DAY, "g")) ?? [];
  return [...new Set(named.map((day) => DAYS.indexOf(day.slice(0, 3))))].sort();
}

const WORDS: Record<string, number> = {
  a: 1,
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  eight: 8,
  ten: 10,
  twelve: 12,
  fifteen: 15,
  twenty: 20,
  thirty: 30,
};

function interval(is: Is, times: Clock[]): Schedule | undefined {
  if (times.length > 0) return undefined;
  if (is("every (?:half(?: an)?|half-) ?hour")) return { kind: "interval", minutes: 30 };
  if (is("every quarter(?: of an)? hour")) return { kind: "interval", minutes: 15 };
  const every = is(
    `(?:once )?every (\\d+|${Object.keys(WORDS).join("|")})? ?(minutes?|mins?|m|hours?|hrs?|h)`,
  );
  if (!every) return undefined;
  const count = every[1] ? (WORDS[every[1].toLowerCase()] ?? Number(every[1])) : 1;
  const minutes = /^h/i.test(every[2] ?? "") ? count * 60 : count;
  return minutes >= 1 && minutes <= 1440 ? { kind: "interval", minutes } : undefined;
}

const ZONE_NAME = "[\\w/+-]+";
/** A zone of three words, of two, of one, where it is said as one. */
const ZONES = [3, 2, 1].map((size) => {
  const name = `(${ZONE_NAME}(?: ${ZONE_NAME}){${size - 1}})`;
  const said = `\\(${name}\\)|(?:in|on) (?:the )?(?:time ?zone )?${name}(?: (?:local )?time(?: ?zone)?)?(?= |,|$)|${name} (?:local )?time(?: ?zone)?(?= |,|$)${size === 1 ? `|(utc|gmt|[a-z]+/${ZONE_NAME})(?= |,|$)` : ""}`;
  return new RegExp(said, "iy");
});

/** Takes "in Berlin", "Berlin time", "UTC", "(Europe/Berlin)" out of a text, wherever it stands. */
function takeZone(text: string): { rest: string; zone?: string } {
  for (const found of ZONES) {
    // A match may begin at every word: "at 6 Berlin time" names its zone by the third.
    for (const start of text.matchAll(/(?:^|,? )(?=\S)/g)) {
      const from = start.index + start[0].length;
      found.lastIndex = from;
      const match = found.exec(text);
      const zone = match && zoneOf(match.slice(1).find((group) => group !== undefined) ?? "");
      if (!match || !zone) continue;
      const rest = `${text.slice(0, start.index)} ${text.slice(from + match[0].length)}`;
      return { rest: rest.trim().replace(/\s+/g, " ").replace(/,$/, ""), zone };
    }
  }
  return { rest: text };
}
