import { DataError, isDataError } from "../data-error.ts";
import { codeOf } from "../network/coded-error.ts";
import type { Stage } from "../shapes.ts";
import type { PostgresSourceConfig } from "../specs/postgres.ts";
import { postgresFinding } from "./findings.ts";
import { loginOf, SOURCE_FIELDS } from "./login.ts";
import { openSession, type Session, type SessionOptions, withCode } from "./session.ts";

/** What is asked on a session. */
export type Asking<T> = (session: Session) => Promise<T>;

const RETRYABLE = new Set([
  "unknown_host",
  "no_answer",
  "unreachable_network",
  "closed_port",
  "connection_closed",
  "too_many_connections",
  "starting_up",
  "slow_server",
  "changed_meanwhile",
]);

/** Opens a session, asks, and closes it whatever comes. @throws DataError, or the signal's reason */
export async function withSession<T>(
  config: PostgresSourceConfig,
  options: SessionOptions,
  work: Asking<T>,
): Promise<T> {
  const session = await connected(config, options);
  try {
    return await work(session);
  } catch (error) {
    options.signal?.throwIfAborted();
    // Who is no longer waited for would go on with the question.
    if (codeOf(withCode(error)) === "SILENT") await session.abort();
    throw readingError(config, error);
  } finally {
    await session.close();
  }
}

/** Signs in. @throws DataError, or the signal's reason */
export async function connected(config: PostgresSourceConfig, options: SessionOptions): Promise<Session> {
  try {
    return await openSession(loginOf(config), options);
  } catch (error) {
    options.signal?.throwIfAborted();
    const stage = codeOf(error) === "ETIMEDOUT" ? "connect" : "authenticate";
    throw dataError(postgresFinding(stage, error, loginOf(config), SOURCE_FIELDS), error);
  }
}

/** What an error while reading means. */
export function readingError(config: PostgresSourceConfig, error: unknown): DataError {
  if (isDataError(error)) return error;
  const words = error instanceof Error ? error.message : String(error);
  const state = codeOf(error);
  const own = BY_CLASS.find(([pattern]) => pattern.test(state));
  if (own) return dataError({ code: own[1], message: `${own[2]}: ${words}`, fix: own[3] }, error);
  return dataError(
    postgresFinding("first_row" satisfies Stage, error, loginOf(config), SOURCE_FIELDS),
    error,
  );
}

const BY_CLASS: readonly [RegExp, code: string, said: string, fix: string][] = [
  [/^40/, "changed_meanwhile", "The server gave up the reading for something else", "Run it again."],
  [
    /^(42P01|42703|3F000)$/,
    "stream_not_found",
    "What was to be read is not there",
    "Look at its name and columns.",
  ],
  [/^22/, "bad_value", "The server cannot make a value of what is there", "Look at the value that is named."],
  [/^42(883|804)$/, "bad_cursor", "The column cannot be compared", "Choose another cursor column."],
  [
    /^57014$/,
    "slow_server",
    "The server stopped the reading",
    "Raise its time limits, or read less at once.",
  ],
  [/^(53[0-24]|58|XX)/, "source_failed", "The server could not go on", "Ask whoever runs it."],
];

function dataError({ code, message, fix }: { code: string; message: string; fix: string }, cause: unknown) {
  return new DataError(code, message, { hint: fix, retryable: RETRYABLE.has(code), cause });
}
