import type { Metadata } from "next";
import { Suspense } from "react";
import { MemoryPage } from "#components/memory/memory-page.tsx";

export const metadata: Metadata = { title: "Memory" };

/** Events, and what is remembered of them. */
export default function Page() {
  return (
    <Suspense>
      <MemoryPage />
    </Suspense>
  );
}
