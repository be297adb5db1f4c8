const CODE = /(`+[^`]*`+)/;
const STAR = /(?<=\/)\*(?=[^\s*])|\*(?=\.[a-z])/gi;

/** A text whose file patterns keep their stars: in markdown, those of two patterns would be emphasis. */
export function keepPatterns(text: string): string {
  return text
    .split(CODE)
    .map((part, at) => (at % 2 === 1 ? part : part.replace(STAR, "\\*")))
    .join("");
}
