import type { PipelineOverview } from "#lib/runs/schema.ts";
import { EXIT, type Exit } from "../exit.ts";
import type { Session } from "../session.ts";

const PAGE = 100;

/** Lists every pipeline: id, version, schedule, last run. */
export async function list(session: Session): Promise<Exit> {
  const { pipelines } = session.server();
  const all: PipelineOverview[] = [];
  let cursor: string | undefined;
  do {
    const page = await pipelines.list({ limit: PAGE, ...(cursor ? { cursor } : {}) });
    all.push(...page.data);
    cursor = page.pagination.cursor ?? undefined;
  } while (cursor);
  session.give({ pipelines: all });
  if (all.length === 0) session.complain("There are no pipelines yet.");
  else for (const line of table(all)) session.say(line);
  return EXIT.ok;
}

function table(all: readonly PipelineOverview[]): string[] {
  const rows = [
    ["ID", "VERSION", "SCHEDULE", "LAST RUN"],
    ...all.map(({ slug, version, executable, schedule, lastRun }) => [
      slug,
      `${version}${executable ? "" : " (draft)"}`,
      schedule ? `${schedule.description ?? ""}${schedule.enabled ? "" : " (paused)"}` : "none",
      lastRun?.status ?? "never",
    ]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
