const started = Date.now();

/** Seconds since a moment, for people. */
export const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

/** Seconds since this script began. */
export const totalTime = () => seconds(started);

/** Writes one line of progress. */
export function say(line) {
  process.stdout.write(`${line}\n`);
}

/**
 * Runs one step with its title before it and its time after it. A step that finds nothing to do returns `"fresh"` and
 * stays silent beyond its one line.
 * @param {string} title
 * @param {() => unknown} work
 */
export async function step(title, work) {
  const since = Date.now();
  say(`• ${title} …`);
  const outcome = await work();
  say(outcome === "fresh" ? `  nothing to do` : `  done in ${seconds(since)}`);
}

/** Ends the script with a sentence and no stack: what went wrong is the user's to know, not ours to trace. */
export class Stop extends Error {}
