import { REDACTED, redactText } from "#lib/redact.ts";

/** A secret that is told by its name: "password hunter2", "the key is …", "secret_access_key=…", "Passwort: …". */
const TOLD =
  /(?<![\p{L}\p{N}])((?:pass(?:word|phrase|wd|wort|code)?s?|passwort|contraseña|clave|mot de passe|pwd|pw|secret(?:[ _-]access[ _-]key)?|(?:access|account|api|private)[ _-]?key(?:[ _-]id)?|credentials?|token|bearer)["'`]?(?:\s+(?:is|ist|es|est|to|as|now|should be)\b:?\s*|\s*(?:=>|:=|[=:])\s*|\s+))("[^"]+"|'[^']+'|`[^`]+`|\S+)/giu;

/** Words that stand behind such a name and are no secret. */
const NO_SECRET =
  /^(?:is|was|are|were|please|and|or|the|a|an|to|for|of|in|on|at|it|its|i|we|you|not|no|yet|field|fields|again|wrong|right|correct|missing|required|needed|ok|okay|later|too|has|have|had|will|would|should|must|can|cannot|can't|does|doesn't|do|don't|changed|expired|stays?|same|instead|now|with|without|from|by|if|that|this|my|your|back|form|authentication|login|sign)[.,;!?]*$/i;

/**
 * What a person said, without secrets: `values` that are known to be secret, whatever is told as one by its name, and
 * whatever has the form of a key, a token or a URL's password.
 */
export function redactMessage(message: string, values: readonly string[] = []): string {
  // A secret of one or two letters is in every word: nothing of the message can stay.
  if (values.some((value) => value.trim() !== "" && value.length < 3)) return REDACTED;
  const bare = values
    .filter((value) => value.trim() !== "")
    .flatMap((value) => [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)])
    .sort((left, right) => right.length - left.length)
    .reduce((text, value) => text.replaceAll(value, REDACTED), message);
  const shaped = redactText(bare).replace(TOLD, (whole, name: string, value: string) => {
    if (value.startsWith(REDACTED) || NO_SECRET.test(value)) return whole;
    return `${name}${REDACTED}`;
  });
  return shaped.replace(/\S+/g, (word) => (looksSecret(word) ? REDACTED : word));
}

/**
 * True if a word has the form of a generated password or key: letters of both kinds, digits and signs mixed, or a long
 * jumble of letters and digits. Names, places and JSON have other signs in them.
 */
export function looksSecret(text: string): boolean {
  if (text.includes(REDACTED) || text.includes("://")) return false;
  if (redactText(text) !== text) return true;
  const word = text.replace(/^[("'`[{<]+|[)"'`\]}>.,;:!?]+$/g, "");
  if (word.length < 8 || word.length > 200) return false;
  if (!/[a-z]/.test(word) || !/[A-Z]/.test(word) || !/\d/.test(word)) return false;
  if (/[!#$%^&+~?|\\]/.test(word)) return true;
  const turns = word.match(/\d+/g)?.length ?? 0;
  return word.length >= 20 && turns >= 4 && /^[A-Za-z0-9+/=]+$/.test(word);
}
