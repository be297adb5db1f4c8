import type { Metadata } from "next";
import { Suspense } from "react";
import { RunPage } from "#components/runs/run-page.tsx";

export const metadata: Metadata = { title: "Run" };

/** One run. */
export default async function Page({ params }: { params: Promise<{ runId: string }> }) {
  const { runId } = await params;
  return (
    <Suspense>
      <RunPage runId={decodeURIComponent(runId)} />
    </Suspense>
  );
}
