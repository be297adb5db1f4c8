import type { Metadata } from "next";
import { AuditLog } from "#components/audit/audit-log.tsx";

export const metadata: Metadata = { title: "Audit" };

/** The audit log of the tenant. */
export default function AuditPage() {
  return <AuditLog />;
}
