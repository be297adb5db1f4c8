import { FILE_FORMATS, type FileSourceConfig, type FileSourceNode, type SourceNode } from "#lib/ir/schema.ts";
import { filePlace } from "../../file-place.ts";
import { CannotDo, type Draft, type Recogniser, targetOf } from "../draft.ts";
import { listed, NUMBER, numberOf, whole } from "../words.ts";
import { sourceOf } from "./lanes.ts";
import { sourceNamed } from "./saved-source.ts";

const PATH = "(?<path>\"[^\"]+\"|'[^']+'|`[^`]+`|\\.?/[^\\s,;\"'`]+)";
const TO_FILE = whole(
  `(?:(?:read|load|take|use|import)(?: from)?(?: the file)? ${PATH}(?: (?:instead|instead of (?:the )?\\S+|from now on))|(?:change|set|switch) (?:the )?(?:source|input)?(?: ?file| ?path| ?file path)?(?: from \\S+)? to ${PATH.replace("<path>", "<path2>")}|(?:the )?(?:file|source|input) (?:is now|moved to|is) (?:at |in )?${PATH.replace("<path>", "<path3>")})(?: now)?`,
);

/** "read /data/new.csv instead", "change the source file to /data/new.csv". */
export const sourceFile: Recogniser = (clause) => {
  const { path, path2, path3 } = TO_FILE.exec(clause)?.groups ?? {};
  const given = (path ?? path2 ?? path3)?.replace(/^(["'`])(.*)\1$/, "$2");
  if (!given?.includes("/") || given.includes("://")) return undefined;
  return (draft) => {
    const source = fileOf(draft);
    const place = filePlace(given);
    if ("problem" in place) throw new CannotDo(place.problem);
    const file = draft.known.files.find((one) => one.path === given);
    if (file?.readable === false && file.forbidden) throw new CannotDo(`${file.why.replace(/\.$/, "")}.`);
    const before = source.config.path;
    const named = FILE_FORMATS.find((format) =>
      new RegExp(`\\.${format}(?:\\.(?:gz|zst))?$`, "i").test(given),
    );
    const format = source.config.format;
    if (format && named && named !== format.type)
      throw new CannotDo(
        `${source.id} reads ${format.type.toUpperCase()}, and ${given} is named like ${named.toUpperCase()}.`,
      );
    delete source.config.pattern;
    Object.assign(source.config, place);
    return `${source.id} reads ${given} instead of ${before ?? "what it read"}; the columns it expects stay as they are.`;
  };
};

const SEPARATORS: Readonly<Record<string, string>> = { comma: ",", semicolon: ";", tab: "\t", pipe: "|" };
const SEPARATOR = `(?:an? |the )?(?<mark>${Object.keys(SEPARATORS).join("|")}|["'].["'])s?`;
const DELIMITER = whole(
  `(?:the (?:file|csv|columns?|values?) (?:is|are|uses?|has|have) (?:separated by|delimited by|delimited with|separated with)? ?${SEPARATOR}(?: (?:delimiters?|separators?|as (?:the )?(?:delimiter|separator)))?|(?:use|set|change) (?:the )?(?:delimiter|separator)(?: to)? ${SEPARATOR.replace("<mark>", "<mark2>")}|(?:the )?(?:delimiter|separator) is ${SEPARATOR.replace("<mark>", "<mark3>")})`,
);
const HEADER = whole(
  "(?:the (?:file|csv)|it) (?:has|comes with|is) (?<no>no|without|not a|a) ?(?:an? )?header(?: line| row)?|(?:there is|there's) (?<no2>no|a) header(?: line| row)?(?: in the file)?",
);

/** "the file is separated by semicolons", "the file has no header line". */
export const fileFormat: Recogniser = (clause) => {
  const { mark, mark2, mark3 } = DELIMITER.exec(clause)?.groups ?? {};
  const said = mark ?? mark2 ?? mark3;
  const delimiter = said && (SEPARATORS[said.toLowerCase()] ?? said.slice(1, -1));
  const header = HEADER.exec(clause)?.groups;
  if (!delimiter && !header) return undefined;
  return (draft) => {
    const { id, config } = fileOf(draft);
    const format = textFormat(id, config);
    if (delimiter) {
      format.delimiter = delimiter;
      return `${id} reads values separated by ${JSON.stringify(delimiter)}.`;
    }
    const has = (header?.no ?? header?.no2) === "a";
    if (has) delete format.header;
    else format.header = false;
    return has ? `The first line of ${id} names the columns.` : `${id} has no line that names the columns.`;
  };
};

function textFormat(id: string, config: FileSourceConfig): NonNullable<FileSourceConfig["format"]> {
  if (config.format?.type === "csv" || config.format?.type === "tsv") return config.format;
  throw new CannotDo(
    `${id} reads ${config.format?.type ?? "a format that is told by its name"}, which has neither.`,
  );
}

/** The one file source that the edit is about. @throws CannotDo */
export function fileOf(draft: Draft): FileSourceNode {
  const sources = draft.ir.nodes.filter((node): node is SourceNode => node.kind === "source");
  const [only] = sources;
  const source = sources.length === 1 ? only : sourceOf(draft, targetOf(draft));
  if (source && !("stream" in source.config)) return source as FileSourceNode;
  throw new CannotDo(
    source ? `${source.id} reads a table, not a file.` : "There is no source file to change.",
  );
}

const OTHER_SOURCE = whole(
  "(?:read|load|take|use)(?: (?:it|them|everything|the data|all tables))? ?(?:from )?(?:the )?(?:saved )?(?:source )?(?<to>[A-Za-z][\\w-]*)(?: source)? instead of (?:the )?(?:saved )?(?:source )?(?<from>[A-Za-z][\\w-]*)(?: source)?",
);

/** "read from the crm source instead of shop". */
export const otherSource: Recogniser = (clause) => {
  const { to = "", from = "" } = OTHER_SOURCE.exec(clause)?.groups ?? {};
  if (!to || !from || !/\b(?:source|from)\b/i.test(clause)) return undefined;
  return (draft) => {
    const now = sourceNamed(draft, to);
    const meant = draft.ir.nodes
      .filter((node) => node.kind === "source")
      .filter(({ sourceRef }) => sourceRef?.toLowerCase() === from.toLowerCase());
    if (meant.length === 0) throw new CannotDo(`Nothing here is read from a saved source "${from}".`);
    for (const source of meant) {
      if (source.connector !== now.connector)
        throw new CannotDo(`${now.ref} is ${now.connector}; ${source.id} reads ${source.connector}.`);
      source.sourceRef = now.ref;
    }
    return `${listed(meant.map(({ id }) => id))} now read${meant.length === 1 ? "s" : ""} from ${now.ref}.`;
  };
};

const RETRY = whole(
  `(?:retry|try again)(?: (?:it|this|a run|the run|failed runs?|the pipeline))?(?: up to| at most)? (?<n>${NUMBER}) times?(?: (?:when|if|on|before|after).*(?:fail|fails|failure|error|errors|giving up))?`,
);
const FREEZE = whole(
  "(?:do not|don't|never) (?:add|create) (?:any )?new columns(?: to the table| in the table)?(?: by yourself| automatically)?|freeze the (?:schema|columns|table)(?: of the table)?",
);
const EVOLVE = whole(
  "(?:add|allow) new columns(?: to the table)?(?: by yourself| automatically)|(?:let|allow) the (?:schema|table) (?:to )?evolve|unfreeze the (?:schema|table)",
);
const OWNER = whole(
  '(?:the |its )?owner is (?<a>[\\w]*[-@._\\d][\\w.@-]*)|(?:(?:the |its )?owner (?:should be|shall be|:)|(?:set|change) the owner to) (?<b>[\\w.@-]{1,80}|"[^"]{1,80}")',
);
const TAG = whole(
  "(?:tag (?:it|this|the pipeline) (?:with|as)|add (?:the |a )?tag) [\"']?(?<tag>[\\w-]{1,64})[\"']?",
);

/** What is said of the pipeline or its target rather than of rows: retries, new columns, owner, tags. */
export const settings: Recogniser = (clause) => {
  const retry = numberOf(RETRY.exec(clause)?.groups?.n ?? "");
  if (retry >= 1 && retry <= 10 && Number.isInteger(retry))
    return ({ ir }) => {
      ir.errorHandling = { ...ir.errorHandling, retry: { ...ir.errorHandling?.retry, maxAttempts: retry } };
      return `A failed run is tried up to ${retry} times.`;
    };
  const evolution = FREEZE.test(clause) ? "freeze" : EVOLVE.test(clause) ? "evolve" : undefined;
  if (evolution)
    return (draft) => {
      const target = targetOf(draft);
      target.schemaEvolution = evolution;
      return evolution === "freeze"
        ? `${target.schema} gets no new columns.`
        : `New columns are added to ${target.schema}.`;
    };
  const { a, b } = OWNER.exec(clause)?.groups ?? {};
  const owner = (a ?? b)?.replaceAll('"', "").trim();
  if (owner)
    return ({ ir }) => {
      ir.metadata.owner = owner;
      return `The owner is ${owner}.`;
    };
  const tag = TAG.exec(clause)?.groups?.tag;
  if (!tag) return undefined;
  return ({ ir }) => {
    ir.metadata.tags = [...new Set([...(ir.metadata.tags ?? []), tag])];
    return `Tags the pipeline with ${tag}.`;
  };
};
