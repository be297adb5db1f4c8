import { verifyAuditLogs } from "#lib/audit/index.ts";
import { AuditVerdictSchema } from "#lib/audit/schema.ts";
import { routes } from "#lib/http/index.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes("/api/v1/audit-logs/verify", {
  GET: {
    summary: "Walk the audit chain and say whether it holds",
    auth: "key-or-session",
    permission: "audit.read",
    output: AuditVerdictSchema,
    handler: ({ ctx }) => verifyAuditLogs({ ctx }),
  },
});
