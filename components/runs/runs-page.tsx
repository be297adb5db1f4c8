import { PageBody } from "#components/ui/page-body.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { RunsTable } from "./runs-table.tsx";

/** Every run of the tenant, newest first. */
export function RunsPage() {
  return (
    <PageBody>
      <PageHeader
        title="Runs"
        description="Every execution of every pipeline, with each row accounted for."
      />
      <RunsTable />
    </PageBody>
  );
}
