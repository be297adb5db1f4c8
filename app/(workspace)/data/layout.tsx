import type { ReactNode } from "react";
import { AssistantDock } from "#components/proposals/assistant-dock.tsx";

/** Pages about data; the assistant docks beside those that have something to change. */
export default function DataLayout({ children }: { children: ReactNode }) {
  return <AssistantDock>{children}</AssistantDock>;
}
