import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";

const RESULTS = "bench/results.md";
const HEADING =
  "# Measured\n\nRatios count: both sides were measured in turn, in one run, on one machine. `npm run bench` writes this file.\n";

/** What a bench hands back: a sentence, and a table of what it measured. */
export type BenchResult = {
  /** What was measured, against which yardstick, and how to read it. */
  about: string;
  columns: string[];
  rows: (string | number)[][];
  /** Versions of the yardsticks, for instance. */
  notes?: string[];
};

/** A bench: `bench/<name>.ts` exports one by default. */
export type Bench = () => Promise<BenchResult>;

/** Writes the section of one bench, in place of its former one. */
export function writeSection(name: string, result: BenchResult, seconds: number): string {
  const body = [
    `## ${name}`,
    "",
    result.about,
    "",
    row(result.columns),
    row(result.columns.map(() => "---")),
    ...result.rows.map((cells) => row(cells.map(cell))),
    "",
    ...[
      ...(result.notes ?? []),
      `Peak memory of the bench's process ${peakMegabytes()} MB; it took ${Math.round(seconds)} s. ${machine()}`,
    ].map((note) => `- ${note}`),
    "",
  ].join("\n");
  const before = existsSync(RESULTS) ? readFileSync(RESULTS, "utf8") : HEADING;
  const [head = HEADING, ...sections] = before.split(/^(?=## )/m);
  const others = sections.filter((section) => !section.startsWith(`## ${name}\n`));
  const all = [...others, `${body}\n`].sort().map((section) => section.trimEnd());
  writeFileSync(RESULTS, `${[head.trimEnd(), ...all].join("\n\n")}\n`);
  return body;
}

const row = (cells: string[]) => `| ${cells.join(" | ")} |`;

function cell(value: string | number): string {
  if (typeof value === "string") return value;
  return Number.isInteger(value) ? value.toLocaleString("en") : value.toPrecision(3);
}

function peakMegabytes(): number {
  return Math.round(process.resourceUsage().maxRSS / 1024);
}

function machine(): string {
  const model = cpus()[0]?.model.trim() ?? "unknown processor";
  const memory = Math.round(totalmem() / 1024 ** 3);
  return `${availableParallelism()} × ${model}, ${memory} GB, Node ${process.versions.node}, ${revision()}.`;
}

function revision(): string {
  try {
    return `commit ${execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim()}`;
  } catch {
    return "no commit";
  }
}
