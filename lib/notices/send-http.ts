import { codedError, codeOf, networkFinding } from "#lib/connectors/index.ts";
import { messageOf } from "#lib/errors.ts";
import { outboundFetch } from "#lib/outbound.ts";
import type { OpenedChannel } from "./load-channel.ts";
import type { Outcome, Sent } from "./outcome.ts";
import { placeOf } from "./place.ts";
import { webhookHeaders } from "./sign.ts";
import { wordsOf } from "./words.ts";

type WebChannel = Extract<OpenedChannel, { kind: "webhook" | "openlineage" }>;

/** Posts a body as JSON. Any 2xx is a receipt; redirects are not followed, and what is answered is not read. */
export async function sendHttp(
  channel: WebChannel,
  { id, body }: Sent,
  signal: AbortSignal,
): Promise<Outcome> {
  const text = JSON.stringify(body);
  try {
    const response = await outboundFetch(channel.config.url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "user-agent": "Penstock",
        ...headersOf(channel, id, text),
      },
      body: text,
      signal,
    });
    await response.body?.cancel().catch(() => undefined);
    return outcomeOf(response, Date.now());
  } catch (error) {
    const cause = causeOf(error);
    return { error: networkFinding("connect", cause, placeOf(channel))?.message ?? wordsOf(cause) };
  }
}

function headersOf({ kind, secret }: WebChannel, id: string, body: string): Record<string, string> {
  if (kind === "webhook") return webhookHeaders({ id, body, at: new Date() }, secret);
  return secret === undefined ? {} : { authorization: `Bearer ${secret}` };
}

function outcomeOf({ status, headers }: Response, now: number): Outcome {
  if (status >= 200 && status < 300) return { taken: `The receiver answered ${status}.` };
  if (status === 410) return { error: "The receiver answered 410: it wants no more messages", gone: true };
  const moved = status >= 300 && status < 400 ? ": redirects are not followed, give the final address" : "";
  return { error: `The receiver answered ${status}${moved}`, status, retryAfterMs: retryAfter(headers, now) };
}

/** RFC 9110, 10.2.3: seconds, or a date. */
function retryAfter(headers: Headers, now: number): number | undefined {
  const value = headers.get("retry-after")?.trim();
  if (!value) return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isFinite(ms) && ms > 0 ? ms : undefined;
}

/** What undici calls what the system has other names for. */
const CALLED: Record<string, string> = { UND_ERR_SOCKET: "CLOSED", UND_ERR_CONNECT_TIMEOUT: "ETIMEDOUT" };

/** What undici wraps into "fetch failed". */
function causeOf(error: unknown): unknown {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = CALLED[codeOf(cause)];
  return code ? codedError(code, messageOf(cause)) : cause;
}
