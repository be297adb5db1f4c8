import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { z } from "zod";
import type { AuditLogPageSchema, AuditLogSchema, AuditVerdictSchema } from "#lib/audit/schema.ts";
import { api } from "#lib/client/index.ts";

export type AuditRow = z.infer<typeof AuditLogSchema>;
export type AuditPage = z.infer<typeof AuditLogPageSchema>;
export type AuditVerdict = z.infer<typeof AuditVerdictSchema>;

/** What the list is narrowed to. `from` and `to` are days (`2026-11-21`), `to` included. */
export type AuditFilter = {
  entityType?: string | undefined;
  action?: string | undefined;
  userId?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
};

/** Rows of one page. */
export const AUDIT_PAGE_ROWS = 50;

/** The filter as the route takes it: days become moments, in the reader's zone. */
export function auditQuery({ from, to, ...filter }: AuditFilter) {
  return { ...filter, from: from && moment(from, 0), to: to && moment(to, 1) };
}

function moment(day: string, plusDays: number): string | undefined {
  const date = new Date(`${day}T00:00:00`);
  if (Number.isNaN(date.getTime())) return undefined;
  date.setDate(date.getDate() + plusDays);
  return date.toISOString();
}

/** One page of the log, newest first; the page before stays while the next one loads. */
export const auditPage = (filter: AuditFilter, page: number) =>
  queryOptions({
    queryKey: ["audit", filter, page],
    queryFn: ({ signal }) =>
      api.get<AuditPage>("/api/v1/audit-logs", {
        query: { ...auditQuery(filter), page, limit: AUDIT_PAGE_ROWS },
        signal,
      }),
    placeholderData: keepPreviousData,
  });

/** Whether the chain holds. Walks every row, so it is asked for once and then on request. */
export const auditVerdict = () =>
  queryOptions({
    queryKey: ["audit-verdict"],
    queryFn: ({ signal }) => api.get<AuditVerdict>("/api/v1/audit-logs/verify", { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
