import type { Notice } from "./notice.ts";

/** What a subject begins with. */
const SUBJECTS: Record<Notice["type"], string> = {
  "run.failed": "Failed",
  "run.completed_with_errors": "Completed with errors",
  "run.recovered": "Runs again",
  "run.no_rows": "No rows",
  "file.missed": "File missed",
  "schedule.left_out": "Left out",
  "run.completed": "Completed",
  "channel.test": "Test",
};

/** A mail in plain text and in simple HTML. */
export type MailText = { subject: string; text: string; html: string };

/** Puts a notice into a mail: what happened first, then where, then the numbers, last the link. */
export function mailText({ type, timestamp, data }: Notice): MailText {
  const { pipeline, run, error, problem } = data;
  const name = pipeline?.name ?? "this channel";
  const facts: [string, string][] = [];
  if (pipeline) facts.push(["Pipeline", `${pipeline.name} (${pipeline.slug})`]);
  if (error?.nodeId) facts.push(["Node", error.nodeId]);
  if (error) facts.push(["Code", error.code]);
  if (error?.hint) facts.push(["What to do", error.hint]);
  for (const { code, message, nodeId } of data.warnings ?? [])
    facts.push(["Warning", `${nodeId ? `${nodeId}: ` : ""}${message} (${code})`]);
  if (run) facts.push(["Rows", rowsOf(run.rows)]);
  if (problem && problem.seen > 1)
    facts.push(["Goes on", `${problem.seen} times since ${inWords(problem.since)}`]);
  facts.push(["When", inWords(timestamp)]);
  const link = run?.url ?? pipeline?.url;
  const again = problem && problem.seen > 1 ? ` (${problem.seen} times)` : "";
  return {
    subject: oneLine(`[Penstock] ${SUBJECTS[type]}: ${name}${again}`),
    text: [data.summary, "", ...facts.map(([what, value]) => `${what}: ${value}`), "", link ?? ""]
      .join("\n")
      .trimEnd()
      .concat("\n"),
    html: `<p>${escaped(data.summary)}</p><table cellpadding="4">${facts
      .map(([what, value]) => `<tr><th align="left" valign="top">${what}</th><td>${escaped(value)}</td></tr>`)
      .join(
        "",
      )}</table>${link ? `<p><a href="${escaped(link)}">${run ? "Open the run" : "Open the pipeline"}</a></p>` : ""}`,
  };
}

function rowsOf({ read, loaded, rejected }: { read: number; loaded: number; rejected: number }): string {
  const number = (count: number) => count.toLocaleString("en-US");
  return `${number(read)} read, ${number(loaded)} loaded, ${number(rejected)} rejected`;
}

/** To the second, in UTC, as `2026-05-01 06:00:12 UTC`. */
export function inWords(iso: string): string {
  return `${iso.slice(0, 19).replace("T", " ")} UTC`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").slice(0, 200);
}

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (found) => ENTITIES[found] ?? found);
}
