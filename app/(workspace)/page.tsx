import type { Metadata } from "next";
import { Overview } from "#components/overview/overview.tsx";

export const metadata: Metadata = { title: { absolute: "Overview · Penstock" } };

/** The first page of the workspace. */
export default function OverviewPage() {
  return <Overview />;
}
