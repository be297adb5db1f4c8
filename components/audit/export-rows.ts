import { api } from "#lib/client/index.ts";
import { type AuditFilter, type AuditPage, auditQuery } from "./queries.ts";

const PAGE_ROWS = 100;

/**
 * Every row that the filter lets through, as JSON Lines, newest first. Rows written meanwhile are left out, so that
 * pages do not shift.
 * @param onProgress rows so far and rows in all.
 * @throws ApiError; AbortError when `signal` fires.
 */
export async function exportRows(
  filter: AuditFilter,
  onProgress: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<Blob> {
  const query = auditQuery(filter);
  const to = query.to ?? new Date().toISOString();
  const lines: string[] = [];
  for (let page = 1; ; page++) {
    const answer = await api.get<AuditPage>("/api/v1/audit-logs", {
      query: { ...query, to, page, limit: PAGE_ROWS },
      signal,
    });
    for (const row of answer.logs) lines.push(`${JSON.stringify(row)}\n`);
    onProgress(lines.length, answer.total);
    if (answer.logs.length < PAGE_ROWS) return new Blob(lines, { type: "application/x-ndjson" });
  }
}
