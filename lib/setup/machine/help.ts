import type { Setup } from "../state.ts";
import { fieldTitles, noun, specOf, stillMissing } from "./connector.ts";
import { counted, type Of, type Step, stay } from "./step.ts";

const ALWAYS = "At any time you can say back, status, start over or cancel.";

/** What can be said here. */
export function help(setup: Setup): Step {
  return stay(setup, `${sayable(setup)} ${ALWAYS}`);
}

/** How far the conversation is. */
export function status(setup: Setup): Step {
  const spec = specOf(setup.connector);
  if (!spec) return stay(setup, "Nothing is chosen yet.");
  const missing = stillMissing(setup);
  const parts = [
    `The source is ${spec.title}.`,
    missing.length > 0 ? `Missing: ${fieldTitles(spec, missing)}.` : "All it needs is given.",
    setup.found ? `${counted(setup.found.total, noun(spec))} found, ${setup.picked.length} chosen.` : "",
  ];
  return stay(setup, parts.filter(Boolean).join(" "));
}

/**
 * Nothing changes. Of the connection's fields it says what is missing and repeats nothing: what was typed there may
 * hold a secret.
 */
export function notUnderstood(setup: Setup, { hint }: Of<"not_understood">): Step {
  return stay(setup, hint ?? `I did not understand that. ${sayable(setup)}`);
}

function sayable(setup: Setup): string {
  const spec = specOf(setup.connector);
  const items = `${noun(spec)}s`;
  switch (setup.state) {
    case "welcome":
    case "select_source_type":
      return "Say which kind of source it is, such as postgres, mysql, snowflake or s3, or paste a connection URL.";
    case "gather_credentials":
      return 'Give the values by name, such as "host db.example.com", several at once if you like, or paste a connection URL. Passwords and keys are best typed into their masked fields.';
    case "select_streams":
      return `Say which ${items} you want: all, the first three, their names, all except some, or only those with a word in their name.`;
    case "configure_sync":
      return `Say how often it runs, such as "every hour" or "daily at 6 in Berlin", and if you like how ${items} are kept: "orders incremental by updated_at", "full refresh for all".`;
    case "review":
      return 'Say "create it", or what to change: the connection, what is taken, how it is kept or how often it runs.';
    case "test_connection":
    case "discover_schema":
    case "execute":
      return 'It is under way; if nothing happens, say "retry".';
    case "done":
      return 'It is set up. Say "start over" to set up another source.';
    case "failed":
      return setup.outcome
        ? 'Say "retry", "back" to look at it again, or "start over".'
        : 'Say "start over" to begin again.';
  }
}
