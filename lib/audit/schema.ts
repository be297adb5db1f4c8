import { z } from "zod";

/** Which rows of the audit log to list. */
export const ListAuditLogsInput = z.object({
  entityType: z.string().min(1).max(100).optional(),
  entityId: z.string().min(1).max(200).optional(),
  action: z.string().min(1).max(100).optional(),
  userId: z.string().min(1).max(200).optional(),
  from: z.iso.datetime({ offset: true }).optional().meta({ description: "From this moment on" }),
  to: z.iso.datetime({ offset: true }).optional().meta({ description: "Before this moment" }),
  page: z.coerce.number().int().min(1).max(1_000_000).default(1),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});

/** One row. Its content is null where it has been erased; the chain holds without it. */
export const AuditLogSchema = z.object({
  id: z.string(),
  action: z.string().meta({ description: "What happened to what, such as pipeline.created" }),
  entityType: z.string(),
  entityId: z.string(),
  entityName: z.string().nullable(),
  changes: z.unknown(),
  before: z.unknown(),
  after: z.unknown(),
  userId: z.string(),
  userName: z.string().nullable(),
  tenantId: z.string(),
  requestId: z.string(),
  integrityHash: z.string(),
  prevHash: z.string(),
  timestamp: z.iso.datetime(),
  erased: z.boolean(),
});

/** A page of the audit log, newest first. */
export const AuditLogPageSchema = z.object({
  logs: z.array(AuditLogSchema),
  total: z.int(),
  page: z.int(),
  limit: z.int(),
});

/** Whether the chain holds, and where it breaks if it does not. */
export const AuditVerdictSchema = z.object({
  intact: z.boolean(),
  verified: z.int().meta({ description: "Rows that check out" }),
  total: z.int().meta({ description: "Rows that the chain should have" }),
  scanned: z.int().meta({ description: "Rows looked at" }),
  erased: z.int().meta({ description: "Rows whose content was erased; they still count as intact" }),
  head: z
    .object({ seq: z.int(), hash: z.string() })
    .meta({ description: "Compare with the last one logged" }),
  brokenAtId: z.string().optional(),
  brokenReason: z.string().optional(),
});
