import { COLUMNS as CS, whole } from "../words.ts";
import { type Phrase, ROWS, TABLE } from "./phrase.ts";

const HOURS = "one two three four five six seven eight nine ten eleven twelve".split(" ");
const hour = (word = "") =>
  HOURS.includes(word.toLowerCase()) ? HOURS.indexOf(word.toLowerCase()) + 1 : word;

/** What is loaded, when and how. */
export const LOADS: readonly Phrase[] = [
  [
    whole("(?:the )?(?:target )?table (?:should|must|shall) be (?:called|named)? ?(?<t>\\w+\\.\\w+)"),
    ({ t }) => `change the table to ${t}`,
  ],
  [
    whole(
      "(?:run|load|schedule) (?:everything|all tables|all of it|the whole pipeline|the whole thing) (?<a>.+)",
    ),
    ({ a }) => `run it ${a}`,
  ],
  [
    whole(
      `append to (?<t>${TABLE}) (?:instead of|rather than) (?:replacing|truncating|overwriting|upserting|emptying)(?: it| the table)?`,
    ),
    ({ t }) => `for ${t}: append`,
  ],
  // Files and sources
  [whole("(?<a>.+) (?:->|=>) (?<b>\\w+\\.\\w+)"), ({ a, b }) => `load ${a} into ${b}`],
  [
    whole(
      "(?:i|we) (?:need|want|have) (?:the )?(?:file |contents of )?(?<a>\\S+) in (?:the )?(?:table )?(?<b>\\w+\\.\\w+)",
    ),
    ({ a, b }) => `load ${a} into ${b}`,
  ],
  [whole("(?:get|take|fetch|grab|bring) (?<a>.+) (?<b>(?:in)?to .+)"), ({ a, b }) => `load ${a} ${b}`],
  [
    whole(
      `(?:take|get|read) (?<a>\\S+) and (?<how>append|load|write|put|upsert) (?:it|them|its rows|the rows) (?:in)?to (?<b>${TABLE})`,
    ),
    ({ a, b, how }) => (/upsert/i.test(how ?? "") ? undefined : `load ${a} into ${b}`),
  ],
  // When
  [
    whole(
      "(?<t>(?:every|each|daily|hourly|weekly|nightly|monthly|at|on) .+?|daily|hourly|weekly|nightly|monthly),? (?<a>(?:take|load|read|import|copy|sync|ingest|pull|get) .+)",
    ),
    ({ t, a }) => [a ?? "", `run it ${t}`],
  ],
  [
    whole(
      "(?:schedule (?:this|it) for|get (?:this|it)|(?:(?:i|we)(?:'d| would)? (?:want|need|like) )?(?:this|it) (?:to|should) (?:run|be run|be loaded)|set ?up a schedule:?|have (?:this|it)) (?<a>.+)",
    ),
    ({ a }) => `run it ${a}`,
  ],
  [
    whole(
      "(?<a>.*\\b)half past (?<h>\\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)(?<b>\\b.*)",
    ),
    ({ a, h, b }) => `${a}${hour(h)}:30${b}`,
  ],
  [
    whole(
      "(?<a>.*\\b)quarter past (?<h>\\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)(?<b>\\b.*)",
    ),
    ({ a, h, b }) => `${a}${hour(h)}:15${b}`,
  ],
  [
    whole("(?<a>.*) (?:morning|afternoon|evening|night) at (?<t>\\d{1,2}(?::\\d\\d)? ?[ap]m)(?<b>.*)"),
    ({ a, t, b }) => `${a} at ${t}${b}`,
  ],
  [whole("(?<a>run it) weekly,? on (?<b>.+)"), ({ a, b }) => `${a} every ${b}`],
  [
    whole("(?<a>run it .+), (?<t>\\d{1,2}:\\d\\d), (?<z>[A-Za-z/_ ]+)"),
    ({ a, t, z }) => `${a} at ${t} in ${z}`,
  ],
  [
    whole("run it (?<n>twice|three times|four times) (?:a|per|each|every) day,? at (?<t>.+)"),
    ({ n = "", t = "" }) =>
      t.split(/,| and /).length === { twice: 2, "three times": 3, "four times": 4 }[n.toLowerCase()]
        ? `run it every day at ${t.replace(/ and at /g, " and ")}`
        : undefined,
  ],
  [
    whole(
      "(?:do not|don't|no longer) run (?:it|this|this pipeline) (?:automatically|on a schedule|by itself|on its own)(?: any ?more| any longer)?",
    ),
    () => "remove the schedule",
  ],
  // How it is loaded
  [
    whole(
      `(?:insert new (?:rows|${ROWS}) and )?update (?:rows that (?:exist|are there)(?: already)?|(?:the )?existing (?:rows|records|ones|orders)|(?:rows|records)),? (?:matching |matched |found )?(?:on|by) (?<k>${CS})`,
    ),
    ({ k }) => `upsert on ${k}`,
  ],
  [
    whole(
      `(?:use|take|with) (?<k>${CS}) as (?:the )?(?:primary )?key and (?:then )?(?:upsert|merge)(?: .*instead.*)?`,
    ),
    ({ k }) => `upsert on ${k}`,
  ],
  [
    whole(
      `(?:the )?(?:primary )?key is (?<k>${CS}),? (?:so )?(?:please )?(?:upsert|merge)(?: (?:instead of append(?:ing)?|instead))?`,
    ),
    ({ k }) => `upsert on ${k}`,
  ],
  [
    whole(
      "(?:replac(?:e|ing)|overwrit(?:e|ing)|empty|emptying) (?:everything in |all (?:rows|data) (?:of|in) )?the (?:whole )?table(?: (?:each time|every time|(?:each|every|at each|at every|on every|on each) (?:run|load)|before (?:each|every) load))?",
    ),
    () => "truncate",
  ],
  [
    whole(
      "(?<m>append|truncate|upsert on .+?) (?:instead of|rather than|and not|not) (?:appending|append|truncating|truncate|upserting|upsert|merging|merge)",
    ),
    ({ m }) => m,
  ],
  [
    whole(`(?:write|send|put|move) (?<t>${TABLE}) (?:in)?to (?<b>\\w+\\.\\w+)(?: instead| from now on)?`),
    ({ t, b }) =>
      /^(?:it|this|that|data|rows|everything)$/i.test(t ?? "")
        ? undefined
        : `for ${t}: change the table to ${b}`,
  ],
  [
    whole(
      "(?:write|send|put|move|load) (?:all|every|the) (?:of the )?tables? (?:in)?to (?<b>.+ destination|destination .+)",
    ),
    ({ b }) => `for all tables: write to ${b}`,
  ],
  [
    whole(`(?<v>upsert|merge|deduplicate|dedupe) (?<t>${TABLE}) (?<b>(?:on|by) .+)`),
    ({ v, t, b }) => `for ${t}: ${v} ${b}`,
  ],
  [
    whole(
      `(?:load|mirror|replicate|sync|copy) (?:the )?(?:table )?(?<t>${TABLE})(?: table)? (?:with|by|using|through|via) (?:cdc|change data capture)`,
    ),
    ({ t }) => `for ${t}: cdc`,
  ],
  [
    whole(`load (?<t>${TABLE}) incrementally (?<b>(?:on|by) .+)`),
    ({ t, b }) => `for ${t}: load incrementally ${b}`,
  ],
  [
    whole(
      `(?:switch|change|set) (?<t>${TABLE}) to (?:a )?(?<b>full refresh|full reload|append|truncate|blue[ _-]?green|cdc(?:[ _-]?mirror)?|change data capture|incremental (?:on|by) .+|upsert (?:on|by) .+)`,
    ),
    ({ t, b }) => (/^(?:it|mode|load|schedule|target)$/i.test(t ?? "") ? undefined : `for ${t}: ${b}`),
  ],
  [
    whole("incremental (?:on|by|using) (?<c>\\w+) (?:with|and) (?:the )?key (?<k>[\\w, ]+)"),
    ({ c, k }) => [`load incrementally by ${c}`, `upsert on ${k}`],
  ],
  // Names
  [whole("(?:give) (?:the|this) pipeline the name (?<n>.+)"), ({ n }) => `rename the pipeline to ${n}`],
];
