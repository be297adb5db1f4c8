import { createHmac } from "node:crypto";

/** The bytes of a webhook's key: base64 behind `whsec_`, else the text itself. */
function keyOf(secret: string): Buffer {
  return secret.startsWith("whsec_") ? Buffer.from(secret.slice(6), "base64") : Buffer.from(secret, "utf8");
}

/**
 * The headers that a receiver needs to tell our message from another's, and an old one from a new one, as Standard
 * Webhooks 1.0 has them: HMAC-SHA-256 over `id.timestamp.body`.
 * @param at when this attempt is made.
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function webhookHeaders(
  { id, body, at }: { id: string; body: string; at: Date },
  secret: string | undefined,
): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const headers = { "webhook-id": id, "webhook-timestamp": timestamp };
  if (secret === undefined) return headers;
  const signature = createHmac("sha256", keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest("base64");
  return { ...headers, "webhook-signature": `v1,${signature}` };
}
