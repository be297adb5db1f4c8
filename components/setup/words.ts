/** Streams that are ticked: these, or all but these. */
export type Choice = { all: boolean; names: ReadonlySet<string> };

/** Nothing ticked. */
export const nothingChosen: Choice = { all: false, names: new Set() };

/** Whether a stream is ticked. */
export const isChosen = ({ all, names }: Choice, name: string): boolean => all !== names.has(name);

/** The choice with one stream ticked or not. */
export function choose(choice: Choice, name: string, on: boolean): Choice {
  const names = new Set(choice.names);
  if (choice.all === on) names.delete(name);
  else names.add(name);
  return { ...choice, names };
}

/** How many are ticked, of so many. */
export const countChosen = ({ all, names }: Choice, total: number): number =>
  all ? total - names.size : names.size;

/** The choice as a sentence that the agent understands. */
export function choiceInWords({ all, names }: Choice): string {
  const list = [...names].map(quoted).join(", ");
  if (!all) return `only ${list}`;
  return names.size > 0 ? `all except ${list}` : "all";
}

/** A name as it may stand in a sentence. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '\\"')}"`;
