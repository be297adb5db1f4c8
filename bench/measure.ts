/** Times of one subject, in milliseconds unless the bench says otherwise. */
export type Figures = { median: number; p99: number; min: number; max: number; runs: number };

/** Median, 99th percentile and spread of numbers. @throws Error if there are none. */
export function figuresOf(numbers: number[]): Figures {
  const sorted = [...numbers].sort((a, b) => a - b);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  if (sorted.length === 0) throw new Error("Nothing was measured");
  return {
    median: at(0.5),
    p99: at(0.99),
    min: sorted[0] ?? 0,
    max: sorted.at(-1) ?? 0,
    runs: sorted.length,
  };
}

/** Milliseconds that the work takes. */
export async function timeOf(work: () => unknown): Promise<number> {
  const since = performance.now();
  await work();
  return performance.now() - since;
}

/**
 * Runs subjects in turn, so that a slow moment of the machine meets each of them: once to warm up, then `runs` times.
 * @param warm false: without warming up
 * @returns milliseconds of every run, by subject
 */
export async function inTurn<Name extends string>(
  subjects: Record<Name, () => unknown>,
  runs = 5,
  warm = true,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(subjects) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  if (warm) for (const name of names) await subjects[name]();
  for (let run = 0; run < runs; run++)
    for (const name of names) times[name].push(await timeOf(subjects[name]));
  return times;
}

/** Ratio of two subjects measured in turn: of each pair, so that its spread is honest. */
export function pairedRatio(numerator: number[], denominator: number[]): Figures {
  return figuresOf(numerator.map((value, at) => value / (denominator[at] ?? Number.NaN)));
}
