import { compile } from "#lib/ir/index.ts";
import type { PipelineIr } from "#lib/ir/schema.ts";
import { cleanText } from "./clean-text.ts";

const HIDDEN = "***";
/** Shorter values are in every other word; they go where they stand alone. */
const WORD = 3;

/**
 * Rows sent along with one request, as a model may see them: without secrets, and without what the pipeline masks or
 * hashes. In a JSON sample the values of such fields go, and the same values wherever else it says them; any other
 * sample that names such a field goes whole. Of a document that cannot be compiled nobody knows what it hides: none.
 * @param documents the version that the request is about, and the open proposal that it refines.
 */
export function cleanSamples(samples: readonly string[], documents: readonly PipelineIr[]): string[] {
  if (samples.length === 0) return [];
  try {
    const fields = documents.flatMap((document) => compile(document).maskedFields);
    const hidden = new Set(fields.map((field) => field.toLowerCase()));
    return samples.flatMap((sample) => cleanSample(sample, hidden) ?? []).map(cleanText);
  } catch {
    return [];
  }
}

function cleanSample(sample: string, hidden: ReadonlySet<string>): string | undefined {
  if (hidden.size === 0) return sample;
  const parsed = parseJson(sample);
  if (typeof parsed !== "object" || parsed === null) {
    const said = sample.toLowerCase();
    return [...hidden].some((field) => said.includes(field)) ? undefined : sample;
  }
  const values = new Set<string>();
  const stripped = strip(parsed, hidden, values);
  return JSON.stringify(withoutValues(stripped, longestFirst(values)));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The same without the values of hidden fields, at any depth; `values` takes them. */
function strip(value: unknown, hidden: ReadonlySet<string>, values: Set<string>): unknown {
  if (Array.isArray(value)) return value.map((item) => strip(item, hidden, values));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => {
    if (!hidden.has(key.toLowerCase())) return [key, strip(item, hidden, values)];
    gather(item, values);
    return [key, HIDDEN];
  });
  return Object.fromEntries(entries);
}

function gather(value: unknown, values: Set<string>): void {
  if (typeof value === "object" && value !== null)
    for (const item of Object.values(value)) gather(item, values);
  else if (value !== null && String(value) !== "" && value !== HIDDEN) values.add(String(value));
}

/** A reason may quote the value that it is about: it goes from texts too, and from fields that hold a copy. */
function withoutValues(value: unknown, values: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutValues(item, values));
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutValues(item, values)]));
  if (values.includes(String(value))) return HIDDEN;
  if (typeof value !== "string") return value;
  return values.reduce((text, one) => (one.length < WORD ? text : text.replaceAll(one, HIDDEN)), value);
}

const longestFirst = (values: ReadonlySet<string>) => [...values].sort((a, b) => b.length - a.length);
