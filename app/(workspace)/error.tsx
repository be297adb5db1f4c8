"use client";
import { Broken } from "#components/ui/broken.tsx";

/** The same inside the shell, so that the navigation stays. */
export default function ErrorPage({
  error,
  reset,
}: {
  error: Error & { digest?: string };
  reset: () => void;
}) {
  return <Broken error={error} retry={reset} />;
}
