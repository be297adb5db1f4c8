import type { Metadata } from "next";
import { Overview } from "#components/overview/overview.tsx";
import { overviewPipelines } from "#components/overview/queries.ts";
import { Prefetched } from "#components/ui/prefetched.tsx";
import { pageCtx } from "#lib/http/index.ts";
import { listPipelineOverviews } from "#lib/runs/index.ts";

export const metadata: Metadata = { title: { absolute: "Overview · Penstock" } };

/** The first page of the workspace; whether there is any pipeline is known before it is drawn. */
export default async function OverviewPage() {
  const ctx = await pageCtx();
  const pipelines = () => listPipelineOverviews({ ctx, input: { limit: 100 } });
  return (
    <Prefetched queries={[{ ...overviewPipelines(), queryFn: pipelines }]}>
      <Overview />
    </Prefetched>
  );
}
