import { limits } from "#lib/limits.ts";
import type { OpenedChannel } from "./load-channel.ts";
import type { Outcome, Sent } from "./outcome.ts";
import { sendHttp } from "./send-http.ts";
import { sendMail } from "./send-mail.ts";

/** Sends one message through a channel, once, within `ms`. It never throws for what lies outside. */
export async function deliver(
  channel: OpenedChannel,
  message: Sent,
  stopping?: AbortSignal,
  ms: number = limits.noticeMs,
): Promise<Outcome> {
  const late = AbortSignal.timeout(ms);
  const signal = stopping ? AbortSignal.any([late, stopping]) : late;
  const outcome =
    channel.kind === "email"
      ? await sendMail(channel, message, signal)
      : await sendHttp(channel, message, signal);
  if (outcome.error !== undefined && late.aborted)
    return { error: `The receiver did not answer within ${ms / 1000} s` };
  return outcome;
}
