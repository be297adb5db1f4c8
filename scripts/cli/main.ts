import { isApiError } from "#lib/client/index.ts";
import { redactText } from "#lib/redact.ts";
import { readArguments } from "./arguments.ts";
import { apply } from "./commands/apply.ts";
import { diff } from "./commands/diff.ts";
import { exportFile } from "./commands/export.ts";
import { list } from "./commands/list.ts";
import { logs } from "./commands/logs.ts";
import { run } from "./commands/run.ts";
import { validate } from "./commands/validate.ts";
import { EXIT, type Exit, UsageError } from "./exit.ts";
import { findingLine } from "./findings.ts";
import { openSession, type Session, type Surroundings } from "./session.ts";
import { type CommandName, HELP } from "./usage.ts";

const COMMANDS = { validate, diff, apply, export: exportFile, run, logs, list } satisfies Record<
  CommandName,
  (session: Session) => Promise<Exit>
>;

/** Runs one command line. Never throws; the exit code says how it went. */
export async function main(surroundings: Surroundings): Promise<Exit> {
  // Told by the raw text: the rest of the line may be what is wrong.
  const json = surroundings.argv.includes("--json");
  try {
    const given = readArguments(surroundings.argv);
    if (!given) {
      surroundings.out(HELP);
      return EXIT.ok;
    }
    return await COMMANDS[given.command](openSession(given, surroundings));
  } catch (error) {
    const { exit, lines, problem } = explain(error);
    if (json) surroundings.out(`${JSON.stringify({ ok: false, error: problem })}\n`);
    else for (const line of lines) surroundings.err(`${redactText(line)}\n`);
    return exit;
  }
}

type Explained = { exit: Exit; lines: string[]; problem: { code: string; [member: string]: unknown } };

function explain(error: unknown): Explained {
  if (error instanceof UsageError) {
    const { message } = error;
    return { exit: EXIT.usage, lines: [`penstock: ${message}`], problem: { code: "usage", message } };
  }
  if (!isApiError(error)) {
    const message = error instanceof Error ? error.message : String(error);
    return { exit: EXIT.failed, lines: [`penstock: ${message}`], problem: { code: "internal", message } };
  }
  const { code, detail: message, status, issues, requestId } = error;
  const away = code === "network" || code === "unreadable" || status >= 500;
  return {
    exit: away ? EXIT.unreachable : EXIT.failed,
    lines: [
      `penstock: ${message} [${code}]`,
      ...issues.map((issue) => findingLine(issue.path || "/", issue)),
      ...(requestId ? [`Request ${requestId}`] : []),
    ],
    problem: { code, message, status, issues, requestId },
  };
}
