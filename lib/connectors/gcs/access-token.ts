import { sign } from "node:crypto";
import { limits } from "#lib/limits.ts";
import { DataError } from "../data-error.ts";
import { boundedText, webRequest } from "../transfer/web-request.ts";
import type { ServiceAccount } from "./key-file.ts";

const SCOPES = "https://www.googleapis.com/auth/devstorage";
const LIFE_SECONDS = 3_600;
/** A token is renewed so long before it ends. */
const EARLY_MS = 60_000;

/** Tokens of one connection. */
export type AccessTokens = {
  /** One that is still good. @throws DataError */
  get: (signal?: AbortSignal) => Promise<string>;
  /** The last one was refused: the next is a new one. */
  forget: () => void;
};

/** Tokens for a service account by signed assertions (RFC 7523), each kept until it ends, for what they are needed for. */
export function accessTokens(
  account: ServiceAccount,
  what: "read_only" | "read_write" = "read_only",
): AccessTokens {
  let kept: { token: string; until: number } | undefined;
  return {
    get: async (signal) => {
      if (!kept || kept.until <= Date.now()) kept = await askFor(account, what, signal);
      return kept.token;
    },
    forget: () => {
      kept = undefined;
    },
  };
}

async function askFor(
  account: ServiceAccount,
  what: string,
  signal?: AbortSignal,
): Promise<{ token: string; until: number }> {
  const response = await webRequest({
    url: account.tokenUrl,
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({
      grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
      assertion: assertion(account, `${SCOPES}.${what}`),
    }).toString(),
    signal,
  });
  const text = await boundedText(response, limits.bodyBytes);
  const answer = parsed(text);
  const { access_token: token, expires_in: seconds = LIFE_SECONDS } = answer;
  if (!response.ok || typeof token !== "string")
    throw refusal(response.status, String(answer.error_description ?? ""), account);
  return { token, until: Date.now() + Number(seconds) * 1_000 - EARLY_MS };
}

function assertion({ email, key, keyId, tokenUrl }: ServiceAccount, scope: string): string {
  const now = Math.floor(Date.now() / 1_000);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const head = part({ alg: "RS256", typ: "JWT", ...(keyId && { kid: keyId }) });
  const claims = part({ iss: email, scope, aud: tokenUrl, iat: now, exp: now + LIFE_SECONDS });
  const signature = sign("RSA-SHA256", Buffer.from(`${head}.${claims}`), key).toString("base64url");
  return `${head}.${claims}.${signature}`;
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value = JSON.parse(text);
    return value && typeof value === "object" ? value : {};
  } catch {
    return {};
  }
}

function refusal(status: number, said: string, { email }: ServiceAccount): DataError {
  if (/iat|exp|timeframe|short-lived/i.test(said))
    return new DataError("clock_skew", "The clock here and Google's are more than a few minutes apart.", {
      hint: "Have the clock of the machine that runs Penstock set right.",
    });
  if (status === 429 || status >= 500)
    return new DataError("server_failure", `No token is given out at the moment (${status}).`, {
      hint: "Try again later.",
      retryable: true,
    });
  const why = /account not found/i.test(said)
    ? "there is no such account"
    : "the key is not one of this account";
  return new DataError("wrong_credentials", `The service account ${email} is not let in: ${why}.`, {
    hint: "Make a new key for the service account, and paste its JSON file. A key that was deleted is no longer taken.",
  });
}
