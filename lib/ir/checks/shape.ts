import type { z } from "zod";
import { formatPointer } from "#lib/json-patch/index.ts";
import { limits } from "#lib/limits.ts";
import { PipelineIr } from "../document.ts";
import type { Issue } from "../issue.ts";
import type { IssueCode } from "../issue-codes.ts";
import { didYouMean, nearest } from "../nearest.ts";
import { documentIssue, fieldName, listed } from "./check.ts";
import { knownAt } from "./schema-walk.ts";

type ZodIssue = z.core.$ZodIssue;
type Path = readonly (string | number)[];

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const valueAt = (document: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined,
    document,
  );

/** Keys that fit elsewhere, and what to write instead. */
const ELSEWHERE: Record<string, string> = {
  edges: 'there are no edges: a node names what it reads in "input"',
  inputs: 'a node reads one node by "input"; a join has "left" and "right"',
  type: 'the kind of a node is "kind"; the kind of an op is "op"',
  table: 'a target names its table in "schema", as schema.table',
  mode: 'the load mode is "loadMode"',
  dependsOn: 'a node names what it reads in "input"',
};

/** Says where: `node "v" (validate), field "rowLevel[0].rule"`, or the field of the document. */
function where(document: unknown, path: Path): string {
  const [section, index, ...rest] = path;
  if (section !== "nodes" || typeof index !== "number") {
    return path.length === 0 ? "the document" : `field "${fieldName(path)}"`;
  }
  const node = valueAt(document, ["nodes", index]);
  const name =
    isObject(node) && typeof node.id === "string" ? `node "${node.id.slice(0, 64)}"` : `nodes[${index}]`;
  const kind = isObject(node) && typeof node.kind === "string" ? ` (${node.kind.slice(0, 16)})` : "";
  return `${name}${kind}${rest.length === 0 ? "" : `, field "${fieldName(rest)}"`}`;
}

const typeName = (value: unknown): string =>
  typeof value === "number"
    ? String(value)
    : value === null
      ? "null"
      : Array.isArray(value)
        ? "a list"
        : isObject(value)
          ? "an object"
          : `a ${typeof value}`;

const TYPES: Record<string, string> = {
  array: "a list [ … ]",
  object: "an object { … }",
  record: "an object { … }",
  int: "a whole number",
  number: "a number",
  string: "a text",
  boolean: "true or false",
};

function sizeMessage(issue: ZodIssue & { code: "too_small" | "too_big" }): string {
  const bound = issue.code === "too_small" ? issue.minimum : issue.maximum;
  const sign = issue.code === "too_small" ? "at least" : "at most";
  const over = issue.inclusive === false ? (issue.code === "too_small" ? "more than" : "less than") : sign;
  if (issue.origin === "string") return `must have ${over} ${bound} character(s)`;
  if (issue.origin === "array") return `must list ${over} ${bound} item(s)`;
  return `must be ${over} ${bound}`;
}

const isOurs = (message: string): boolean => /^must /.test(message);

function explain(document: unknown, issue: ZodIssue): Issue[] {
  const path = issue.path as (string | number)[];
  const make = (code: IssueCode, message: string, hint?: string, at: Path = path): Issue =>
    documentIssue(code, formatPointer(at), `${where(document, at)}: ${message}`, hint);
  const value = valueAt(document, path);
  const last = path.at(-1);
  const parent = knownAt(PipelineIr, document, path.slice(0, -1));

  if (issue.code === "unrecognized_keys") {
    const { keys } = knownAt(PipelineIr, document, path);
    const present = isObject(value) ? Object.keys(value) : [];
    return issue.keys.map((key) => {
      const near = nearest(key, keys);
      const there = near !== undefined && present.includes(near);
      const meant =
        near && (there ? `"${near}" is there already: remove this one` : `did you mean "${near}"?`);
      const note = Object.hasOwn(ELSEWHERE, key) ? ELSEWHERE[key] : meant;
      return make("unknown_key", `there is no such field here; there are ${listed(keys, 16)}`, note, [
        ...path,
        key,
      ]);
    });
  }
  if (issue.code === "invalid_union" && issue.discriminator !== undefined) {
    const { discriminator } = issue;
    const holder = last === discriminator ? path.slice(0, -1) : path;
    const at = [...holder, discriminator];
    const known = knownAt(PipelineIr, document, holder).values(discriminator);
    const found = valueAt(document, at);
    if (found === undefined)
      return [make("missing_field", `is missing; it is one of ${listed(known, 20)}`, undefined, at)];
    const near = typeof found === "string" ? didYouMean(found, known) : undefined;
    return [make("unknown_value", `must be one of ${listed(known, 20)}`, near, at)];
  }
  if (value === undefined && path.length > 0) {
    const allowed = typeof last === "string" ? parent.values(last) : [];
    const what = allowed.length > 0 ? `; it is one of ${listed(allowed, 20)}` : "";
    const expected =
      issue.code === "invalid_type" ? `; it is ${TYPES[issue.expected] ?? issue.expected}` : what;
    return [make("missing_field", `is missing${expected}`)];
  }
  if (issue.code === "invalid_value") {
    const allowed = issue.values.map((one) => JSON.stringify(one));
    const near = typeof value === "string" ? didYouMean(value, issue.values.map(String)) : undefined;
    if (allowed.length === 1) return [make("unknown_value", `must be ${allowed[0]}`)];
    return [make("unknown_value", `must be one of ${listed(allowed, 20)}`, near)];
  }
  if (issue.code === "invalid_type") {
    return [
      make("wrong_shape", `must be ${TYPES[issue.expected] ?? issue.expected}, not ${typeName(value)}`),
    ];
  }
  if (!isOurs(issue.message) && (issue.code === "too_small" || issue.code === "too_big")) {
    return [make("wrong_shape", sizeMessage(issue))];
  }
  return [make("wrong_shape", issue.message)];
}

/**
 * Check 1: the document has the shape of the language; unknown fields are errors, with the nearest known one as a
 * hint. Gives the typed document, which shares nothing with the input, or what is wrong with it.
 */
export function checkShape(input: unknown): { ok: true; ir: PipelineIr } | { ok: false; issues: Issue[] } {
  if (!isObject(input)) {
    const message = `the document must be a JSON object { "kind": "pipeline", … }, not ${typeName(input)}`;
    return { ok: false, issues: [documentIssue("wrong_shape", "", message)] };
  }
  if (Array.isArray(input.nodes) && input.nodes.length > limits.irNodes) {
    const message = `field "nodes": must hold at most ${limits.irNodes} nodes, not ${input.nodes.length}`;
    return { ok: false, issues: [documentIssue("too_large", "/nodes", message)] };
  }
  const parsed = PipelineIr.safeParse(input);
  if (parsed.success) return { ok: true, ir: parsed.data };
  return { ok: false, issues: parsed.error.issues.flatMap((issue) => explain(input, issue)) };
}
