import { said } from "../../say.ts";
import type { Phrase } from "../phrase.ts";

const ROWS = "(rows|records|lines|entries|orders|ones|items|everything|anything|those|all)";

/** Which rows stay. */
export const ROW_FRAMES: readonly Phrase[] = [
  [
    said(
      `(i|we) (want|need|only want|only need) (only|just)? ?(the )?${ROWS} (?<rest>(where|with|whose|that|in) .+)`,
    ),
    ({ rest }) => `keep only rows ${rest}`,
  ],
  [
    said(
      `(only|just|keep|keep only|load only|only keep|only load) (the )?${ROWS} (with|having|that have|of)[ a| an| the]? {col} (of )?(?<rest>.+)`,
    ),
    ({ col, rest }) => `keep only rows where ${col} ${/^\d|^'|^"/.test(rest ?? "") ? `is ${rest}` : rest}`,
  ],
  [
    said(`(only|just|keep|keep only) (the )?${ROWS} (?<rest>where .+)`),
    ({ rest }) => `keep only rows ${rest}`,
  ],
  [
    said(
      `(remove|drop|filter out|delete) (all |any |the )?${ROWS} (where|with|having|that have|whose)[ a| an| the]? {col} (of )?(?<rest>.+)`,
    ),
    ({ col, rest }) => `remove rows where ${col} ${/^\d|^'|^"/.test(rest ?? "") ? `is ${rest}` : rest}`,
  ],
  [said("(remove|filter out) [the ]{col} {text}"), ({ col, text }) => `remove rows where ${col} is ${text}`],
  [
    said(
      "(?<v>remove|drop|filter out|only|keep|keep only) (the )?(\\w+ )?(rows|orders|records|entries|ones)( please)?,? (i\\.?e\\.?|that is|meaning|namely|in other words|so)[,]?( those| rows)?( where| with)? {any:when}",
    ),
    ({ v = "", when }) => `${/^(?:remove|drop|filter)/i.test(v) ? "remove" : "keep only"} rows where ${when}`,
  ],
  [
    said(`(keep|load|take|include)( only)? (the )?${ROWS} (with|having) {col} (?<a>.+ or .+)`),
    ({ col, a }) => `keep only rows where ${col} is ${a}`,
  ],
  [
    said(
      "(only keep|keep only|keep|only|just)( the)? {col} (?<rest>(>|<|=|!|is |in |not in |between |above |below ).+)",
    ),
    ({ col, rest }) => `keep only rows where ${col} ${rest}`,
  ],
  [
    said("(only keep|keep only|keep|only|load only|just)( rows)?( where| with)? (?<when>.+) instead"),
    ({ when }) => `change the filter to ${when}`,
  ],
  [
    said("(the |let the |make the )?filter (should be|must be|be|is now|to):? {any:when}"),
    ({ when }) => `change the filter to ${when}`,
  ],
];
