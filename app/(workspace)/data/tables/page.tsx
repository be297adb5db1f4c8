import type { Metadata } from "next";
import { Suspense } from "react";
import { TablesPage } from "#components/warehouse/tables-page.tsx";

export const metadata: Metadata = { title: "Tables" };

/** Tables of the built-in warehouse. */
export default function Page() {
  return (
    <Suspense>
      <TablesPage />
    </Suspense>
  );
}
