import { AppError } from "#lib/errors.ts";
import { OutboundError, refuseLiteral } from "#lib/outbound.ts";
import type { configOf } from "./load-channel.ts";

/** Which server a channel's messages go to. */
export type Place = { host: string; port: number };

/** The server of a configuration. */
export function placeOf(channel: ReturnType<typeof configOf>): Place {
  if (channel.kind === "email") return { host: channel.config.host, port: channel.config.port };
  const { hostname, port, protocol } = new URL(channel.config.url);
  return { host: hostname, port: Number(port || (protocol === "https:" ? 443 : 80)) };
}

/** Refuses an address that nothing would ever be sent to. Names are asked for when something is. @throws AppError `bad_request` */
export async function requirePlace(channel: ReturnType<typeof configOf>): Promise<void> {
  try {
    await refuseLiteral(placeOf(channel));
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    const { code, message } = error;
    const path = channel.kind === "email" ? "/config/host" : "/config/url";
    throw new AppError("bad_request", message, { issues: [{ code, path, message }] });
  }
}
