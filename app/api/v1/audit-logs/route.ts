import { listAuditLogs } from "#lib/audit/index.ts";
import { AuditLogPageSchema, ListAuditLogsInput } from "#lib/audit/schema.ts";
import { routes } from "#lib/http/index.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes("/api/v1/audit-logs", {
  GET: {
    summary: "List the audit log, newest first",
    auth: "key-or-session",
    permission: "audit.read",
    query: ListAuditLogsInput,
    output: AuditLogPageSchema,
    handler: ({ ctx, query }) => listAuditLogs({ ctx, input: query }),
  },
});
