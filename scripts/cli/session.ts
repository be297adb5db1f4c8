import { createClient, type PenstockClient } from "#lib/client/index.ts";
import type { Arguments } from "./arguments.ts";
import { UsageError } from "./exit.ts";

/** Where a command reads and writes. */
export type Surroundings = {
  argv: string[];
  env: Record<string, string | undefined>;
  out: (text: string) => void;
  err: (text: string) => void;
};

/** One call of a command: what was asked, where to write, and the server. */
export type Session = Arguments & {
  /** Lines for people; nothing with `--json`. */
  say: (line: string) => void;
  /** A line about what is wrong, apart from the output; nothing with `--json`. */
  complain: (line: string) => void;
  /** The result for programs; nothing without `--json`. */
  give: (result: unknown) => void;
  /** Text as it is, whatever the options. */
  write: (text: string) => void;
  /** The server. @throws UsageError if nobody said where it is. */
  server: () => PenstockClient;
  /** True if it was said where the server is. */
  hasServer: boolean;
};

/**
 * Opens a call.
 * @throws UsageError if the address is not one.
 */
export function openSession(given: Arguments, { env, out, err }: Surroundings): Session {
  const {
    json,
    url = env.PENSTOCK_URL || undefined,
    key = env.PENSTOCK_API_KEY || undefined,
  } = given.options;
  const baseUrl = url === undefined ? undefined : addressOf(url);
  return {
    ...given,
    say: (line) => !json && out(`${line}\n`),
    complain: (line) => !json && err(`${line}\n`),
    give: (result) => json && out(`${JSON.stringify(result)}\n`),
    write: out,
    hasServer: baseUrl !== undefined,
    server: () => {
      if (baseUrl === undefined) throw new UsageError("Say where Penstock is: --url or PENSTOCK_URL");
      if (!key) throw new UsageError("Say as whom: PENSTOCK_API_KEY or --key");
      return createClient({ baseUrl, key });
    },
  };
}

function addressOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "http:" && url?.protocol !== "https:")
    throw new UsageError("The address must begin with http:// or https://");
  if (url.username || url.password)
    throw new UsageError("The address must not hold a password; give a key by PENSTOCK_API_KEY");
  return url.origin + url.pathname.replace(/\/+$/, "");
}
