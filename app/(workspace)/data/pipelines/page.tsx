import type { Metadata } from "next";
import { Suspense } from "react";
import { PipelinesPage } from "#components/pipelines/pipelines-page.tsx";

export const metadata: Metadata = { title: "Pipelines" };

/** Every pipeline of the tenant. */
export default function Page() {
  return (
    <Suspense>
      <PipelinesPage />
    </Suspense>
  );
}
