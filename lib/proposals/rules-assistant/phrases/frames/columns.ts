import { said } from "../../say.ts";
import { type Phrase, typeNamed } from "../phrase.ts";

const SIGNS: readonly [RegExp, string][] = [
  [/ (?:times|multiplied by|x) /gi, " * "],
  [/ plus /gi, " + "],
  [/ minus /gi, " - "],
  [/ (?:divided by|over) /gi, " / "],
];
/** "quantity times price" with the signs that expressions are written with. */
const arithmetic = (text: string) => SIGNS.reduce((said, [word, sign]) => said.replace(word, sign), text);

/** What is done to columns and their values. */
export const COLUMN_FRAMES: readonly Phrase[] = [
  [
    said("rename( the)?( columns?)?( as follows)?:? {col:a} (->|=>|to|as) {col:b}"),
    ({ a, b }) => `rename ${a} to ${b}`,
  ],
  [
    said("rename( the)?( columns?)?( as follows)?:? {any:pairs}"),
    ({ pairs = "" }) =>
      pairs.includes("->") || pairs.includes("=>")
        ? `rename ${pairs.replace(/\s*[-=]>\s*/g, " to ")}`
        : undefined,
  ],
  [said("call [the ]{col:a} {col:b}( instead)?"), ({ a, b }) => `rename ${a} to ${b}`],
  [
    said("[the ]{cols} {must} be( a| an| of type)? {any:to}"),
    ({ cols, to }) => typeNamed(to) && `cast ${cols} to ${to}`,
  ],
  [
    said("[the ]{cols} (as|to)( a| an)? {any:to}"),
    ({ cols, to }) => typeNamed(to) && `cast ${cols} to ${to}`,
  ],
  [
    said(
      "[the ]{col} (comes|arrives|is read|is stored|is) as (text|a string|string|a text),?( but)?( we| i)?( need| want)( it)?( as| to be)?( a| an)? {any:to}",
    ),
    ({ col, to }) => typeNamed(to) && `cast ${col} to ${to}`,
  ],
  [
    said(
      "(?<cast>(cast|convert) .+?),? (if|when|where) (it|that|this|a value|one|they|values?) (does not|doesn't|do not|don't|cannot|can't|is not|fails to|fail to|fails)( be)?( parse| parsed| convert| converted| cast| work| fit| possible| valid)?,?( then)? (set (it|them) to|make (it|them)|use|put|take|becomes?|it becomes|send (it|them) to|to)? ?(?<how>null|quarantine)",
    ),
    ({ cast, how }) =>
      how === "null" ? `${cast}, null if it fails` : `${cast} and quarantine rows when it fails`,
  ],
  [
    said("{col:name} (=|:=) {any:value}( as an?( new)? column)"),
    ({ name, value }) => `add a column ${name} = ${value}`,
  ],
  [
    said("(a )?new column( called| named)? {col:name}(:| =| as| is| with)? {any:value}"),
    ({ name, value = "" }) => `add a column ${name} = ${arithmetic(value)}`,
  ],
  [
    said("(?<a>(add|compute|calculate|derive) .+ = )(?<b>.+)"),
    ({ a, b = "" }) => (arithmetic(b) === b ? undefined : `${a}${arithmetic(b)}`),
  ],
  [
    said("(copy|duplicate|make a copy of|clone) {col} (to|into|as|in) {col:to}"),
    ({ col, to }) => `add a column ${to} = (${col})`,
  ],
  [
    said("(?<how>md5|sha-?256)( hash)?( of| the| on)*( column)? {cols}"),
    ({ how, cols }) => `hash ${cols} with ${how}`,
  ],
  [
    said("fill( in| up)? (the )?{cols} (with|by) {value}"),
    ({ cols, value }) => `fill missing ${cols} with ${value}`,
  ],
  [
    said("{col} (null|nulls|missing|empty) (->|=>|becomes?|to|should be) {value}"),
    ({ col, value }) => `fill missing ${col} with ${value}`,
  ],
  [
    said("{cols} (to|with) {n} (decimals?|decimal places|digits)"),
    ({ cols, n }) => `round ${cols} to ${n} decimals`,
  ],
];
