import { capabilities, executableNames, isExecutable } from "#lib/ir/index.ts";
import type { Capability, LoadMode, TargetNode } from "#lib/ir/schema.ts";
import { CannotDo, type Draft } from "./draft.ts";
import { sourceOf } from "./edits/lanes.ts";
import { listed } from "./words.ts";

/** @throws CannotDo with what the capability table says, when the runtime cannot execute it today. */
export function requireExecutable(kind: Capability["kind"], name: string, what: string): void {
  const line = capabilities.find((one) => one.kind === kind && one.name === name);
  if (line?.executable) return;
  throw new CannotDo(`${what} cannot be executed today${line?.limits ? ` (${line.limits})` : ""}.`);
}

/**
 * A load mode that is executable from the source of a target, wherever it is one, into where the target writes.
 * @throws CannotDo with the sources that the capability table has for it.
 */
export function requireLoad(draft: Draft, target: TargetNode, mode: LoadMode): void {
  requireExecutable("load_mode", mode, `The load mode ${mode}`);
  const source = sourceOf(draft, target);
  const named = draft.known.destinations.find(({ name }) => name === target.destination);
  // Which kind the built-in warehouse is, the checks know.
  const kinds = named ? [named.kind] : ["duckdb", "postgres"];
  if (!source || kinds.some((kind) => isExecutable("load", `${mode}: ${source.connector} → ${kind}`))) return;
  const from = executableNames("load")
    .filter((name) => name.startsWith(`${mode}: `) && kinds.some((kind) => name.endsWith(` → ${kind}`)))
    .map((name) => name.slice(mode.length + 2).split(" → ")[0] ?? "");
  throw new CannotDo(
    `The load mode ${mode} cannot be executed from ${source.connector}, only from ${listed([...new Set(from)]) || "nothing"}.`,
  );
}
