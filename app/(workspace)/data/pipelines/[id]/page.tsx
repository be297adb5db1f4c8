import type { Metadata } from "next";
import { Suspense } from "react";
import { PipelinePage } from "#components/pipelines/pipeline-page.tsx";

export const metadata: Metadata = { title: "Pipeline" };

/** One pipeline, by row id or slug. */
export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return (
    <Suspense>
      <PipelinePage id={decodeURIComponent(id)} />
    </Suspense>
  );
}
