"use client";
import { useSyncExternalStore } from "react";
import { formatMoment, formatRelative } from "./format.ts";

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let now = Date.now();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  now = Date.now();
  timer ??= setInterval(() => {
    now = Date.now();
    for (const one of listeners) one();
  }, 15_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0 && timer) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** A time as people say it, kept current; the absolute time with its zone on hover. `at` is an ISO text or a Date. */
export function RelativeTime({
  at,
  fallback = "—",
}: {
  at: string | Date | null | undefined;
  fallback?: string;
}) {
  const current = useSyncExternalStore(
    subscribe,
    () => now,
    () => now,
  );
  if (!at) return <span>{fallback}</span>;
  const moment = new Date(at);
  return (
    <time dateTime={moment.toISOString()} title={formatMoment(moment.getTime())} suppressHydrationWarning>
      {formatRelative(moment.getTime(), Math.max(current, now))}
    </time>
  );
}
