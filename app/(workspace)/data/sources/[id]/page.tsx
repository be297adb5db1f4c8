import type { Metadata } from "next";
import { Suspense } from "react";
import { SourcePage } from "#components/sources/source-page.tsx";

export const metadata: Metadata = { title: "Source" };

/** One source, by id or name. */
export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return (
    <Suspense>
      <SourcePage id={decodeURIComponent(id)} />
    </Suspense>
  );
}
