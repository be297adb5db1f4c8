import type { FileSourceConfig } from "#lib/ir/schema.ts";
import { requireExecutable } from "../capable.ts";
import { CannotDo, freeId, type Recogniser } from "../draft.ts";
import { COUNTS } from "../lexicon.ts";
import { heard, said, unquoted } from "../say.ts";
import { fileOf } from "./settings.ts";

const FILES =
  "([all |each of |every |each ]?[the |its |our |loaded |source |input |original |read |processed ]*(files?))";
const DONE =
  "(once|after|when|as soon as) ([they|it|the file|the files|the rows|the run|everything] ?)?[is |are |were |was ](loading|the load|the run|each load|every load|each run|every run|loaded|done|finished|processed|read)";
const ONCE = `[,][ ${DONE}]`;
const PACKED =
  "[,][ and]?[ (?<packed>(compressed|packed|zipped|gzipped)( as| with| by| using)?( gz| gzip| zst| zstd)?)]";
const ARCHIVE = [
  said(
    `(archive|copy|back up|backup) ${FILES}${ONCE} (to|into|in|under|at)[ the]?[ folder]? {path}${PACKED}${ONCE}`,
  ),
  said(
    `(keep|put|store|save) a copy of ${FILES}${ONCE} (to|into|in|under|at)[ the]?[ folder]? {path}${PACKED}${ONCE}`,
  ),
  said(
    `(?<packed>compress|zip|gzip|pack) ${FILES}[ and (put|store|save|archive) (it|them)]?${ONCE} (to|into|in|under)[ the]?[ folder]? {path}${ONCE}`,
  ),
];
const NO_PLACE = said(`(archive|back up|backup|keep a copy of) ${FILES}${PACKED}${ONCE}`);

/** "archive the files to /data/archive": copies of what was read, once its rows are loaded. */
export const archive: Recogniser = (clause) => {
  const parts = heard(ARCHIVE, clause);
  if (!parts) {
    if (!NO_PLACE.test(clause)) return undefined;
    return () => {
      throw new CannotDo('Archive them where? Say, for instance, "archive the files to /data/archive".');
    };
  }
  const to = folderOf(parts.path ?? "");
  const packed = parts.packed?.toLowerCase();
  const compress = packed === undefined ? undefined : /zst/.test(packed) ? "zst" : "gz";
  if (!to) return undefined;
  return (draft) => {
    requireExecutable("node", "archive", "Archiving files");
    const source = fileOf(draft);
    const standing = draft.ir.nodes.find((node) => node.kind === "archive" && node.input === source.id);
    if (standing?.kind === "archive") {
      standing.to = to;
      if (compress) standing.compress = compress;
      return `Copies the files of ${source.id} to ${to} instead.`;
    }
    draft.ir.nodes.push({
      id: freeId(draft, "archive"),
      kind: "archive",
      input: source.id,
      to,
      ...(compress && { compress }),
    });
    return `Copies the files of ${source.id} to ${to}${compress ? `, packed as ${compress}` : ""}, once they are loaded.`;
  };
};

const GOOD =
  "([all ][the ](good|loaded|processed|successful|finished|done|read) files?|files? that (were|are) loaded)";
const BROKEN =
  "([all ][the ](bad|failed|failing|broken|unreadable|rejected) (files?|ones)|files? that (fail|failed|cannot be read|could not be loaded)|the others|failures)";
const MOVE = [
  said(
    `move (${GOOD}|${FILES}) (to|into)[ the]?[ folder]? {path:good}${ONCE},? (and|or|but) (move )?(${BROKEN}) (to|into)[ the]?[ folder]? {path:bad}`,
  ),
  said(`move ${GOOD} (to|into)[ the]?[ folder]? {path:good}${ONCE}`),
  said(`move ${FILES} ${DONE} (to|into)[ the]?[ folder]? {path:good}`),
  said(`move ${FILES} (to|into)[ the]?[ folder]? {path:good} ${DONE}`),
  said(`move (${BROKEN}) (to|into)[ the]?[ folder]? {path:bad}`),
  said(
    `move (${FILES}) (to|into)[ the]?[ folder]? {path:bad} (if|when) (they|it|loading|the load|the run) (fails?|cannot be (loaded|read))`,
  ),
  said(`(use |set )?{path:good} (as|is|for) the success folder`),
  said(`the success folder (is|should be|:) {path:good}`),
  said(`(use |set )?{path:bad} (as|is|for) the failure folder`),
  said(`the failure folder (is|should be|:) {path:bad}`),
];

/** "move loaded files to /in/done and failed ones to /in/failed". */
export const moveFiles: Recogniser = (clause) => {
  const parts = heard(MOVE, clause);
  if (!parts) return undefined;
  const good = parts.good === undefined ? undefined : folderOf(parts.good);
  const bad = parts.bad === undefined ? undefined : folderOf(parts.bad);
  if (!good && !bad) return undefined;
  return (draft) => {
    requireExecutable("config_key", "atomicity", "Moving files once they are read");
    const source = fileOf(draft);
    source.config.atomicity = {
      ...source.config.atomicity,
      ...(good && { successFolder: good }),
      ...(bad && { failureFolder: bad }),
    };
    const moves = [good && `loaded files to ${good}`, bad && `files of a failed run to ${bad}`];
    return `${source.id} moves ${moves.filter(Boolean).join(", and ")}.`;
  };
};

const COUNT = `(?<n>\\d{1,3}|${Object.keys(COUNTS).join("|")})`;
const EVERY = `[,][ (every|each|with|at intervals of)[ an interval of]? (?<m>\\d{1,4}|${Object.keys(COUNTS).join("|")}|an?)? ?(?<unit>minutes?|mins?|hours?|hrs?)[ (between (them|each|tries|attempts)|apart|interval)]]`;
const MISS =
  "[,][ (then|and then|otherwise|else|or|or else|and|before)]?[ (?<miss>skip|skipping|skips|fail|failing|fails|abort|give up|alert|alerting|alert me|warn|warn me|tell me)[ (the run|it|if (it|none|nothing) (is there|comes|came|arrives)|if (it is|there is) (still )?(missing|not there|none))]]";
const THERE =
  "[ if (it|the file|none|no file) (is|is still|are) (missing|not there|there)|if there is none|when it is missing]";
const WAIT = [
  said(
    `wait( up to| at most)? ${COUNT} times${EVERY}[ for (the|a|its|new) (file|files|input)]?${THERE}?${MISS}`,
  ),
  said(
    `wait for (the|a|its|new)[ source| input]? (file|files|input)( to (arrive|come|be there|appear))?${THERE}?[,]? ?[up to |at most ]?${COUNT} times${EVERY}${MISS}`,
  ),
  said(
    `(look|check|try|ask) (again |for (the|a) (file|files) (again )?)?(up to |at most )?${COUNT} times${EVERY}${THERE}${MISS}`,
  ),
];

/** "wait for the file up to 5 times every 10 minutes, then skip". */
export const waitForFile: Recogniser = (clause) => {
  const parts = heard(WAIT, clause);
  const times = numberOf(parts?.n);
  const count = numberOf(parts?.m ?? "1");
  if (!parts || times === undefined || count === undefined) return undefined;
  const every = parts.unit === undefined ? undefined : count * (/^h/i.test(parts.unit) ? 60 : 1);
  const { miss } = parts;
  return (draft) => {
    requireExecutable("config_key", "waitPolicy", "Waiting for a file");
    const source = fileOf(draft);
    const standing = source.config.waitPolicy;
    const minutes = every ?? standing?.intervalMinutes;
    if (minutes === undefined)
      throw new CannotDo(
        'How long between two looks? Say, for instance, "wait for the file up to 5 times every 10 minutes".',
      );
    if (times < 1 || times > 100 || minutes < 1 || minutes > 1440)
      throw new CannotDo("A file is waited for 1 to 100 times, 1 minute to a day apart.");
    const action = miss === undefined ? (standing?.onMissAction ?? "fail") : missOf(miss);
    source.config.waitPolicy = { maxRetries: times, intervalMinutes: minutes, onMissAction: action };
    return `${source.id} waits for its file up to ${times} times, ${minutes} minutes apart; ${MISSED[action]}.`;
  };
};

type Missed = NonNullable<FileSourceConfig["waitPolicy"]>["onMissAction"];
const MISSED: Record<Missed, string> = {
  fail: "if there is none then, the run fails",
  skip: "if there is none then, the run is left out",
  alert: "if there is none then, an alert is raised",
};
const missOf = (word: string): Missed => {
  if (/^skip/i.test(word)) return "skip";
  return /^(?:alert|warn|tell)/i.test(word) ? "alert" : "fail";
};

function numberOf(word: string | undefined): number | undefined {
  if (word === undefined || word === "") return undefined;
  if (/^an?$/i.test(word)) return 1;
  return COUNTS[word.toLowerCase()] ?? (/^\d+$/.test(word) ? Number(word) : undefined);
}

/** A folder as it was written, without the slash at its end. A word that is no path is none, nor is a file. */
function folderOf(written: string): string | undefined {
  const text = unquoted(written).replace(/(?<=.)\/+$/, "");
  const isFile = /\.(?:csv|tsv|jsonl?|parquet|txt|gz|zst|zip)$/i.test(text);
  return /^[\w./{}-]+$/.test(text) && text.includes("/") && !isFile ? text : undefined;
}
