export { type AuditAction, type AuditEntry, emitAudit, emitAudits } from "./emit-audit.ts";
export { eraseAuditContent } from "./erase-audit-content.ts";
export { listAuditLogs } from "./list-audit-logs.ts";
export { type AuditVerdict, verifyAuditLogs } from "./verify-audit-logs.ts";
