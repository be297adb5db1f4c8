import { DONE, LOADED } from "../../lexicon.ts";
import { said } from "../../say.ts";
import { ofTable, type Phrase } from "../phrase.ts";

const done = Object.keys(DONE).join("|");
const loaded = Object.keys(LOADED).join("|");
const MUST = "({must}|can|may|is to|are to|to)";
const verb = (word = "") => DONE[word.toLowerCase()] ?? word;
const gerund = (word: string) =>
  ({ mask: "masking", hash: "hashing", cast: "casting", drop: "dropping" })[word];

/** What is said of a column or a table: what should be done to it, or no longer. */
export const PASSIVES: readonly Phrase[] = [
  [
    said(
      `[the ]{cols}[ columns?]? ${MUST} be (?<done>${done})[ (?<rest>(by|on|to|into|with|at|as|completely|partially).+)]`,
    ),
    ({ cols, done: how, rest = "" }) => `${verb(how)} ${cols} ${rest}`.trim(),
  ],
  [
    said(`[the ][table ]{table}[ table]? ${MUST} be (?<done>${loaded})[ (?<rest>(by|on|with) .+)]`),
    ({ table, done: how = "", rest = "" }) => ofTable(table, `${LOADED[how.toLowerCase()]} ${rest}`.trim()),
  ],
  [
    said(
      `[the ]{cols} (no longer (needs?|has|have) to be|(does not|doesn't|do not|don't) (need|have) to be|{must} no longer be|is no longer|are no longer) (?<done>${done})`,
    ),
    ({ cols, done: how }) => {
      const word = gerund(verb(how));
      return word && `stop ${word} ${cols}`;
    },
  ],
  [said("(unmask|un-mask|unhide) [the ]{cols}"), ({ cols }) => `stop masking ${cols}`],
  [
    said(
      "[the ]{cols} (is|are) (?:pii|personal|personal data|sensitive)[,]?[ and| so]?[ please]? {any:rest}",
    ),
    ({ cols, rest = "" }) => rest.replace(/\b(?:both|them|it|those)\b/i, cols ?? ""),
  ],
  [
    said(
      "(?<a>mask|hash|drop|redact|trim|lowercase|uppercase) (?:both |all )?(?:of )?(?:the )?(?:columns )?{cols} (?:both|columns)",
    ),
    ({ a, cols }) => `${a} ${cols}`,
  ],
  [
    said(
      "(we |i )?(don't|do not|no longer) (need|want)( the)?( table)? {table}( any ?more| any longer| in (this|the) pipeline)?",
    ),
    ({ table }) => `stop loading ${table}`,
  ],
  [
    said(
      "no( more)? (?<what>filter|filtering|mask|masking|hash|hashing|check|checks)( on| of| for)? {cols}( any ?more| any longer)?",
    ),
    ({ what = "", cols }) => `remove the ${what.replace(/ing$/, "")} on ${cols}`,
  ],
  [
    said(
      "(no|without( a| any)?) schedule( any ?more| any longer| at all)?|(stop|no( more)?|end|turn off|switch off|disable)( the| all)? (automatic|scheduled|regular) runs?(?<a>)",
    ),
    () => "remove the schedule",
  ],
];
