const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;
const WRAPPED = /^\s*\{\s*"events"\s*:\s*(?=\[)/;

/**
 * The texts of the elements of a batch, so that what is wrong in one is told from the others.
 * @param text valid JSON: a list, or an object whose only member is the list `events`.
 * @returns undefined for anything else.
 */
export function elementTexts(text: string): string[] | undefined {
  const wrapped = WRAPPED.exec(text);
  const open = wrapped ? wrapped[0].length : text.search(/\S/);
  if (text[open] !== "[") return undefined;
  const elements: string[] = [];
  let depth = 0;
  let start = open + 1;
  const token = new RegExp(TOKEN);
  token.lastIndex = open;
  for (let match = token.exec(text); match; match = token.exec(text)) {
    const sign = match[0];
    if (sign === "[" || sign === "{") depth += 1;
    else if (sign === "]" || sign === "}") depth -= 1;
    if ((sign === "," && depth === 1) || depth === 0) {
      const element = text.slice(start, match.index).trim();
      if (element !== "") elements.push(element);
      start = match.index + 1;
    }
    if (depth === 0) return isEnd(text.slice(start), wrapped !== null) ? elements : undefined;
  }
  return undefined;
}

function isEnd(rest: string, wrapped: boolean): boolean {
  return (wrapped ? /^\s*\}\s*$/ : /^\s*$/).test(rest);
}

/** Whether a text is a batch by its beginning: then an event lies this many levels deep in it. */
export function levelsAround(text: string): number {
  if (WRAPPED.test(text)) return 2;
  return text[text.search(/\S/)] === "[" ? 1 : 0;
}
