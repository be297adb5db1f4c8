import type { ServerResponse } from "node:http";
import { type Body, sendJson } from "./dialect.ts";

/** Words that mean the same, and how many directions there are besides for all others. */
const MEANINGS = [
  ["car", "automobile", "vehicle"],
  ["doctor", "physician"],
  ["salary", "wages", "pay"],
  ["holiday", "vacation"],
].map((words) => new Set(words));
const OTHER_WORDS = 60;

/** A vector of a text: words that mean the same share a direction, others have one by their letters. */
export function vectorOf(text: string): number[] {
  const vector = new Array<number>(MEANINGS.length + OTHER_WORDS).fill(0);
  for (const word of text.toLowerCase().match(/\p{L}{3,}/gu) ?? ["empty"]) {
    const meaning = MEANINGS.findIndex((words) => words.has(word));
    const letters = [...word].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 9973, 7);
    const place = meaning >= 0 ? meaning : MEANINGS.length + (letters % OTHER_WORDS);
    vector[place] = (vector[place] ?? 0) + (meaning >= 0 ? 3 : 1);
  }
  return vector;
}

/** Answers an OpenAI embeddings request, or says what is wrong with it. */
export function embeddings(response: ServerResponse, body: Body): void {
  const wrong = wrongWithTexts(body);
  if (wrong) {
    const error = { message: wrong, type: "invalid_request_error", param: null, code: null };
    sendJson(response, 400, { error });
    return;
  }
  const { model, input } = body as { model: string; input: string[] };
  const data = input.map((text, index) => ({ object: "embedding", index, embedding: vectorOf(text) }));
  sendJson(response, 200, { object: "list", model, data, usage: { prompt_tokens: 1, total_tokens: 1 } });
}

function wrongWithTexts(body: Body): string | undefined {
  const { model, input, encoding_format, ...unknown } = body;
  const texts = Array.isArray(input) ? input : [];
  if (Object.keys(unknown).length > 0) return `unknown: ${Object.keys(unknown).join(", ")}`;
  if (typeof model !== "string" || encoding_format !== "float") return "model, encoding_format";
  if (texts.length === 0 || texts.length > 2048) return "input: from 1 to 2048 texts";
  if (texts.some((text) => typeof text !== "string" || text === "" || text.length > 8_000))
    return "input: texts of 1 to 8000 characters";
  if (texts.some((text) => text.includes("unspeakable"))) return "input: not these words";
  return undefined;
}
