import type { Metadata } from "next";
import { Suspense } from "react";
import { SetupPage } from "#components/setup/setup-page.tsx";

export const metadata: Metadata = { title: "New source" };

/** Connects a source: chat or form. */
export default function Page() {
  return (
    <Suspense>
      <SetupPage />
    </Suspense>
  );
}
