export { type AuditEntry, emitAudit } from "./emit-audit.ts";
