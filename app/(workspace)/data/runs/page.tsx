import type { Metadata } from "next";
import { Suspense } from "react";
import { RunsPage } from "#components/runs/runs-page.tsx";

export const metadata: Metadata = { title: "Runs" };

/** Every run of the tenant. */
export default function Page() {
  return (
    <Suspense>
      <RunsPage />
    </Suspense>
  );
}
