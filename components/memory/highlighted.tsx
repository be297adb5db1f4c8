import { excerptOf, markWords } from "./highlight.ts";

/** An excerpt of a text with the query's words marked. */
export function Highlighted({ text, query }: { text: string; query: string }) {
  let at = 0;
  const pieces = markWords(excerptOf(text, query), query).map((piece) => {
    const key = at;
    at += piece.text.length;
    return { ...piece, key };
  });
  return pieces.map(({ key, text: words, hit }) =>
    hit ? <mark key={key}>{words}</mark> : <span key={key}>{words}</span>,
  );
}
