import { scheduleOf, whole, zoneOf } from "#lib/ir/index.ts";
import type { Of } from "../machine/step.ts";
import type { Setup } from "../state.ts";

const ON_REQUEST = whole(
  "(?:only |just )?(?:when(?:ever)? i (?:say so|ask|want|tell you|say)|on (?:demand|request)|manual(?:ly)?|by hand|(?:just |only )?once|one time(?: only)?|one-?off|never(?: by itself)?|no schedule|without (?:a )?schedule|not (?:on a schedule|automatically|by itself|scheduled)|don't schedule(?: it)?|nur auf (?:anfrage|wunsch)|manuell|von hand|einmal(?:ig)?|manualmente|a mano|una vez|manuellement|à la demande|une (?:seule )?fois|only when i say so|remove the schedule)(?: only)?",
);
const LEAD = whole(
  "(?:(?:(?:run|schedule|execute|start|refresh|load|do|repeat|sync|update|import|copy|fetch|pull)(?: it| this| them| that| everything| the (?:pipeline|sync|job|load))?(?: to run)?|(?:change|set|switch|move|update|make) (?:the |its )?(?:schedule|cadence|frequency|it|this)(?: run)?(?: to be| to run| to)?|(?:it|this|that|they) (?:should|must|has to|needs to|shall) (?:run|be (?:refreshed|synced|updated|loaded))|(?:the )?(?:schedule|cadence|frequency)(?: is| should be)?:?|make it|let it run|have it run|i(?:'d| would)? (?:want|like|need) (?:it|them|this)(?: to run)?|let'?s (?:do|go with|take|say)|and|then|with|automatically|lass es) )*(.+?)(?: automatically| instead)?",
);

/** Everyday words of other languages, as the words that schedules are written in. */
const TRANSLATED: readonly [RegExp, string][] = [
  [/\b(?:stündlich|jede stunde|cada hora|toutes les heures|chaque heure)\b/gi, "hourly"],
  [/\balle (\d+) stunden\b|\bcada (\d+) horas\b|\btoutes les (\d+) heures\b/gi, "every $1$2$3 hours"],
  [/\balle (\d+) minuten\b|\bcada (\d+) minutos\b|\btoutes les (\d+) minutes\b/gi, "every $1$2$3 minutes"],
  [
    /(?<!\p{L})(?:täglich|jeden tag|jede nacht|cada día|todos los días|a diario|tous les jours|chaque jour|quotidien(?:nement)?)(?!\p{L})/giu,
    "daily",
  ],
  [
    /(?<!\p{L})(?:wöchentlich|jede woche|cada semana|semanalmente|chaque semaine|hebdomadaire)(?!\p{L})/giu,
    "weekly",
  ],
  [
    /(?<!\p{L})(?:monatlich|jeden monat|cada mes|mensualmente|chaque mois|mensuel(?:lement)?)(?!\p{L})/giu,
    "monthly",
  ],
  [
    /(?<!\p{L})(?:um|a las|à) (\d{1,2})(?:[:.h](\d{2}))?(?: ?(?:uhr|h|horas|heures))?(?!\p{L}|\d)/giu,
    "at $1:$2",
  ],
];

/** Reads how often it should run: "every hour", "daily at 6 in Berlin", a cron line, "only when I say so". */
export function readCadence(setup: Setup, text: string): Of<"set_schedule"> | undefined {
  if (text.length > 300) return undefined;
  const body = LEAD.exec(text)?.[1] ?? text;
  if (ON_REQUEST.test(body) || ON_REQUEST.test(text)) return { type: "set_schedule", schedule: null };
  const standing = setup.schedule ?? undefined;
  for (const words of [body, text, translated(body)]) {
    const schedule = scheduleOf(words, standing);
    if (schedule) return { type: "set_schedule", schedule };
  }
  const zone = zoneOf(
    body.replace(/^(?:in|use|the|time ?zone|is|to|\s)+ /i, "").replace(/ (?:time ?zone|time)$/i, ""),
  );
  if (zone && standing && "timezone" in standing)
    return { type: "set_schedule", schedule: { ...standing, timezone: zone } };
  return undefined;
}

const translated = (text: string): string =>
  TRANSLATED.reduce((out, [form, words]) => out.replace(form, words), text).replace(
    /(at \d{1,2}):(?!\d)/g,
    "$1",
  );

/** A cadence at the end of a message, and what stands before it: "orders and customers, every day at 6". */
export function endingCadence(
  setup: Setup,
  text: string,
): { before: string; event: Of<"set_schedule"> } | undefined {
  const from = Math.max(0, text.length - ENDING_CHARS);
  for (const found of text.slice(from).matchAll(BETWEEN)) {
    const at = from + found.index;
    const ending = text.slice(at + found[0].length);
    const event = at > 0 && SCHEDULED.test(ending) ? readCadence(setup, ending) : undefined;
    if (event) return { before: text.slice(0, at), event };
  }
  return undefined;
}

/** No schedule is said in more than this. */
const ENDING_CHARS = 120;
const BETWEEN =
  /\s*[,;.]\s+(?:and\s+)?|\s+(?:and|und|y|et)\s+|\s+(?=(?:every|each|daily|hourly|nightly|weekly|monthly|cron|only when|on demand|once an? )\b)/gi;
/** Something that each of them has. */
const SCHEDULED =
  /\d|every|each|daily|hourly|nightly|weekly|monthly|day|noon|midnight|when|demand|manual|hand|once|schedule|never|[jt]ede|täglich|stündlich|cada|diario|toutes|chaque|jours/i;
