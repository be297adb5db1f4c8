/** Every command: how it is called, and what for. */
export const COMMANDS = {
  validate: "validate <file…> [--draft]         check files; against the server too where a URL is given",
  diff: "diff <file> [--exit-code]          what applying a file would change",
  apply: "apply <file…> [--dry-run]          make pipelines, or their next versions, of files",
  export:
    "export <id> [-o <file>]            write a pipeline as YAML, or as JSON (--format, or the file's name)",
  run: "run <id> [--wait] [--timeout <s>]  run a pipeline; with --wait until it has ended",
  logs: "logs <run> [--follow]              a run's log",
  list: "list                               every pipeline",
} as const;
export type CommandName = keyof typeof COMMANDS;

/** The text of `penstock --help`. */
export const HELP = `penstock: pipelines as files, from a terminal or CI

Usage: penstock <command> [options]

${Object.values(COMMANDS)
  .map((line) => `  ${line}`)
  .join("\n")}

Options
  --url <address>   where Penstock is, such as https://penstock.example (or PENSTOCK_URL)
  --key <key>       an API key (or PENSTOCK_API_KEY, which keeps it out of the list of processes)
  --json            one JSON document as output; logs write one line of JSON each
  --note <text>     apply: what changed, for the list of versions
  --version <n>     export: another version than the current one
  --help            this text

Exit codes: 0 well, 1 invalid or failed, 2 called wrongly, 3 not reachable
`;
