import type { Metadata } from "next";
import { Suspense } from "react";
import { MemoryDetailPage } from "#components/memory/detail-page.tsx";

export const metadata: Metadata = { title: "Memory" };

/** One memory. */
export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return (
    <Suspense>
      <MemoryDetailPage id={decodeURIComponent(id)} />
    </Suspense>
  );
}
