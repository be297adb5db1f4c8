"use client";
import { Broken } from "#components/ui/broken.tsx";

/** What stands in place of a page that threw. */
export default function ErrorPage({
  error,
  reset,
}: {
  error: Error & { digest?: string };
  reset: () => void;
}) {
  return <Broken error={error} retry={reset} />;
}
