import { limits } from "#lib/limits.ts";
import type { OpenedChannel } from "./load-channel.ts";
import type { Outcome, Sent } from "./outcome.ts";
import { sendHttp } from "./send-http.ts";
import { sendMail } from "./send-mail.ts";

/** Sends one message through a channel, once. It never throws for what lies outside; it takes `limits.noticeMs` at most. */
export async function deliver(
  channel: OpenedChannel,
  message: Sent,
  stopping?: AbortSignal,
): Promise<Outcome> {
  const late = AbortSignal.timeout(limits.noticeMs);
  const signal = stopping ? AbortSignal.any([late, stopping]) : late;
  const outcome =
    channel.kind === "email"
      ? await sendMail(channel, message, signal)
      : await sendHttp(channel, message, signal);
  if (outcome.error !== undefined && late.aborted)
    return { error: `The receiver did not answer within ${limits.noticeMs / 1000} s` };
  return outcome;
}
