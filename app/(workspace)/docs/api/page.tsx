import type { Metadata } from "next";
import { ApiReference } from "#components/docs/api-reference.tsx";

export const metadata: Metadata = { title: "API" };

/** The reference of the HTTP API. */
export default function ApiPage() {
  return <ApiReference />;
}
