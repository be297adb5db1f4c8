"use client";
import dynamic from "next/dynamic";
import type { ReactNode } from "react";
import { SidePanel } from "#components/shell/side-panel.tsx";
import { AssistantProvider, useAssistant } from "./assistant-context.tsx";

const AssistantPanel = dynamic(() => import("./assistant-panel.tsx"), { ssr: false });

/** Docks the assistant beside the pages that say what it is about. */
export function AssistantDock({ children }: { children: ReactNode }) {
  return (
    <AssistantProvider>
      {children}
      <Docked />
    </AssistantProvider>
  );
}

function Docked() {
  const { subject, opened } = useAssistant();
  const shown = opened && subject !== undefined;
  return (
    <SidePanel opened={shown}>
      {subject ? <AssistantPanel key={subject.pipelineId ?? "new"} subject={subject} /> : null}
    </SidePanel>
  );
}
