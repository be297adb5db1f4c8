import { parseArgs } from "node:util";
import { UsageError } from "./exit.ts";
import { COMMANDS, type CommandName } from "./usage.ts";

const OPTIONS = {
  url: { type: "string" },
  key: { type: "string" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
  draft: { type: "boolean", default: false },
  "exit-code": { type: "boolean", default: false },
  "dry-run": { type: "boolean", default: false },
  note: { type: "string" },
  output: { type: "string", short: "o" },
  format: { type: "string" },
  version: { type: "string" },
  wait: { type: "boolean", default: false },
  timeout: { type: "string" },
  follow: { type: "boolean", short: "f", default: false },
} as const;

type Values = ReturnType<typeof parse>["values"];
type Option = keyof typeof OPTIONS;

/** A command with what was said about it. */
export type Arguments = { command: CommandName; operands: string[]; options: Values };

const EVERYWHERE: Option[] = ["url", "key", "json", "help"];
/** What a command takes: how many operands, which options. */
const TAKES: Record<CommandName, { operands: [number, number]; what: string; options: Option[] }> = {
  validate: { operands: [1, 1_000], what: "one or more files", options: ["draft"] },
  diff: { operands: [1, 1], what: "one file", options: ["exit-code"] },
  apply: { operands: [1, 1_000], what: "one or more files", options: ["dry-run", "note"] },
  export: { operands: [1, 1], what: "one pipeline's id", options: ["output", "format", "version"] },
  run: { operands: [1, 1], what: "one pipeline's id", options: ["wait", "timeout"] },
  logs: { operands: [1, 1], what: "one run's id", options: ["follow"] },
  list: { operands: [0, 0], what: "no operand", options: [] },
};

function parse(argv: string[]) {
  try {
    return parseArgs({ args: argv, options: OPTIONS, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : "The options are not understood");
  }
}

/**
 * Reads a command line; undefined where help was asked for.
 * @throws UsageError
 */
export function readArguments(argv: string[]): Arguments | undefined {
  const { values, positionals } = parse(argv);
  const [command, ...operands] = positionals;
  if (values.help || command === "help") return undefined;
  if (command === undefined) throw new UsageError("Say what to do: penstock <command>");
  if (!Object.hasOwn(COMMANDS, command))
    throw new UsageError(`There is no command "${command}"; there are ${Object.keys(COMMANDS).join(", ")}`);
  const name = command as CommandName;
  const { operands: allowed, what, options } = TAKES[name];
  if (operands.length < allowed[0] || operands.length > allowed[1])
    throw new UsageError(`${name} takes ${what}: penstock ${COMMANDS[name].split("  ")[0]}`);
  const known: string[] = [...EVERYWHERE, ...options];
  const stray = Object.entries(values).find(
    ([option, value]) => value !== undefined && value !== false && !known.includes(option),
  );
  if (stray) throw new UsageError(`${name} takes no --${stray[0]}`);
  return { command: name, operands, options: values };
}

/**
 * A whole number of at least 1, given as an option.
 * @throws UsageError
 */
export function wholeNumber(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UsageError(`--${option} takes a whole number of at least 1`);
}
