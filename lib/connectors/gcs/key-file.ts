import { createPrivateKey, type KeyObject } from "node:crypto";
import { z } from "zod";
import { DataError } from "../data-error.ts";
import type { GcsSourceConfig } from "../specs/gcs.ts";

/** Who signs in, and where the tokens come from. */
export type ServiceAccount = { email: string; key: KeyObject; keyId?: string; tokenUrl: string };

/** Where Google gives out tokens. */
const TOKEN_ORIGINS = new Set([
  "https://oauth2.googleapis.com",
  "https://www.googleapis.com",
  "https://accounts.google.com",
]);
const TOKEN_URL = "https://oauth2.googleapis.com/token";

const KeyFile = z.object({
  type: z.literal("service_account"),
  client_email: z.string().min(1),
  private_key: z.string().min(1),
  private_key_id: z.string().optional(),
  token_uri: z.string().optional(),
});

/**
 * Reads a service account's key file. A token is asked for only from Google or from the configured endpoint: the file
 * may come from anywhere.
 * @throws DataError `malformed_key`
 */
export function serviceAccount({ service_account_json, endpoint }: GcsSourceConfig): ServiceAccount {
  let file: unknown;
  try {
    file = JSON.parse(service_account_json);
  } catch {
    throw malformed("The service account's key is not JSON.");
  }
  const kind = file && typeof file === "object" && "type" in file ? file.type : undefined;
  if (typeof kind === "string" && kind !== "service_account")
    throw malformed("This key file is of another kind: it is not a service account's.");
  const parsed = KeyFile.safeParse(file);
  if (!parsed.success) {
    const missing = parsed.error.issues.map(({ path }) => path.join(".")).filter(Boolean);
    throw malformed(`The service account's key lacks ${missing.join(", ") || "its members"}.`);
  }
  const {
    client_email: email,
    private_key,
    private_key_id: keyId,
    token_uri: tokenUrl = TOKEN_URL,
  } = parsed.data;
  if (!isTokenUrl(tokenUrl, endpoint))
    throw malformed("The key file wants its tokens from a place that is not Google's (token_uri).");
  try {
    const key = createPrivateKey(private_key);
    if (key.asymmetricKeyType !== "rsa") throw new Error("no RSA key");
    return { email, key, tokenUrl, ...(keyId && { keyId }) };
  } catch {
    throw malformed("The private key in the service account's key file cannot be read.");
  }
}

function isTokenUrl(url: string, endpoint: string | undefined): boolean {
  if (!URL.canParse(url)) return false;
  const { origin } = new URL(url);
  return TOKEN_ORIGINS.has(origin) || (endpoint !== undefined && origin === new URL(endpoint).origin);
}

function malformed(message: string): DataError {
  return new DataError("malformed_key", message, {
    hint: "Paste the whole JSON file that was made for the service account, from { to }.",
  });
}
