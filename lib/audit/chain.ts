import canonicalize from "canonicalize";
import { hmac, sha256 } from "../crypto.ts";

/** The part of an audit row that can never be erased; it names no content. */
export type AuditEnvelope = {
  id: string;
  tenantId: string;
  seq: string;
  action: string;
  entityType: string;
  entityId: string;
  userId: string;
  requestId: string;
  timestamp: string;
};

/** The erasable part of an audit row. */
export type AuditContentBody = {
  entityName: string | null;
  userName: string | null;
  changes: unknown;
  before: unknown;
  after: unknown;
};

/** `prevHash` of a tenant's first row. */
export const GENESIS = "0".repeat(64);

/** RFC 8785 JSON: equal values give equal bytes, whatever the order of their keys. */
export function canonical(value: unknown): string {
  return canonicalize(value) ?? "null";
}

/** SHA-256 of the salt and the content: the chain holds after the content and its salt are erased. */
export function contentDigest(salt: string, content: AuditContentBody): string {
  return sha256(salt + canonical(content));
}

/** HMAC over the previous hash, the envelope and the content's digest, under a key that is not in the database. */
export function chainHash(prevHash: string, envelope: AuditEnvelope, digest: string): string {
  return hmac("audit", canonical([prevHash, envelope, digest]));
}
