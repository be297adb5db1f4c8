import type { ReactNode } from "react";
import { PageHeader } from "#components/ui/page-header.tsx";

/** The head of the page on which a source is connected. */
export function SetupHead({ actions }: { actions?: ReactNode }) {
  return (
    <PageHeader
      back={{ href: "/data/sources", label: "Sources" }}
      title="New source"
      description="Say what you want to load, or fill in the form. Nothing is saved before you confirm it."
      actions={actions}
    />
  );
}
