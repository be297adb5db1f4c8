import type { Stage, StageReport } from "#lib/connectors/schema.ts";

/** How one stage of a test is shown. */
export type ShownStage = {
  stage: Stage;
  name: string;
  state: "passed" | "failed" | "running" | "waiting" | "not_reached" | "not_needed";
  report?: StageReport;
};

const NAMES = {
  resolve: "Name",
  connect: "Connection",
  tls: "Encryption",
  authenticate: "Sign-in",
  database: "Database",
  privileges: "Privileges",
  first_row: "First row",
} satisfies Record<Stage, string>;

/** What stands in the place of a database where a connector offers files. */
const PLACES: Record<string, string> = {
  s3: "Bucket",
  gcs: "Bucket",
  azure_blob: "Container",
  sftp: "Folder",
  ftp: "Folder",
  http_pull: "Address",
  local_fs: "Folder",
};

/** Every stage in its order, with what is known of it. A stage before the last one reported was not needed. */
export function shownStages(
  reports: readonly StageReport[],
  running: boolean,
  connector = "postgres",
): ShownStage[] {
  const order = Object.keys(NAMES) as Stage[];
  const reached = Math.max(-1, ...reports.map(({ stage }) => order.indexOf(stage)));
  const failed = reports.some(({ ok }) => !ok);
  return order.map((stage, index) => {
    const report = reports.find((one) => one.stage === stage);
    const base = { stage, name: (stage === "database" && PLACES[connector]) || NAMES[stage] };
    if (report) return { ...base, state: report.ok ? "passed" : "failed", report };
    if (index < reached) return { ...base, state: "not_needed" };
    if (running && !failed) return { ...base, state: index === reached + 1 ? "running" : "waiting" };
    return { ...base, state: failed || reports.length === 0 ? "not_reached" : "not_needed" };
  });
}
