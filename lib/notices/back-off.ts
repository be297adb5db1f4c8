const [SECOND, MINUTE, HOUR] = [1000, 60_000, 3600_000];

/** Pauses after the first, second, … attempt that failed; after the last one, a day after the first, it is given up. */
const PAUSES = [30 * SECOND, 2 * MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, 16 * HOUR];

/**
 * How long to wait after the attempt of that number (1 for the first), undefined if it was the last one. Up to a fifth
 * is left to chance, so that those who failed together do not come again together.
 */
export function pauseAfter(attempt: number, chance: () => number = Math.random): number | undefined {
  const pause = PAUSES[attempt - 1];
  return pause === undefined ? undefined : Math.round(pause * (0.9 + 0.2 * chance()));
}
