import type { Metadata } from "next";
import { Suspense } from "react";
import { SourcesPage } from "#components/sources/sources-page.tsx";

export const metadata: Metadata = { title: "Sources" };

/** Every source of the tenant. */
export default function Page() {
  return (
    <Suspense>
      <SourcesPage />
    </Suspense>
  );
}
