"use client";
import type { DestinationTest } from "./queries.ts";
import { StageList } from "./stage-list.tsx";

const NAMES = [
  ["resolve", "Name"],
  ["connect", "Connection"],
  ["tls", "Encryption"],
  ["authenticate", "Sign-in"],
  ["database", "Database"],
  ["privileges", "Privileges"],
] as const;

/** Each stage of trying a destination: passed, failed with what to fix, or not reached. */
export function TestResult({ test, pending }: { test: DestinationTest | undefined; pending: boolean }) {
  const results = test && new Map(test.stages.map((one) => [one.stage, one]));
  return <StageList names={NAMES} results={results} pending={pending} />;
}
