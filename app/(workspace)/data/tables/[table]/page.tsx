import type { Metadata } from "next";
import { Suspense } from "react";
import { TablePage } from "#components/warehouse/table-page.tsx";

export const metadata: Metadata = { title: "Table" };

/** One table of the warehouse, named `schema.table`. */
export default async function Page({ params }: { params: Promise<{ table: string }> }) {
  const { table } = await params;
  return (
    <Suspense>
      <TablePage table={decodeURIComponent(table)} />
    </Suspense>
  );
}
