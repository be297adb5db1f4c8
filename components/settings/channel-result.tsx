"use client";
import type { ChannelKind, ChannelTest } from "#lib/notices/schema.ts";
import { StageList } from "./stage-list.tsx";

const NETWORK = [
  ["resolve", "Name"],
  ["connect", "Connection"],
] as const;
const WEB = [...NETWORK, ["send", "Message"]] as const;
const MAIL = [...NETWORK, ["sign_in", "Sign-in"], ["send", "Message"]] as const;

/** Each stage of trying a channel: passed, failed with what to fix, or not reached. */
export function ChannelResult({
  kind,
  test,
  pending,
}: {
  kind: ChannelKind;
  test: ChannelTest | undefined;
  pending: boolean;
}) {
  const results = test && new Map(test.stages.map((one) => [one.stage, one]));
  return <StageList names={kind === "email" ? MAIL : WEB} results={results} pending={pending} />;
}
