"use client";
import { Tabs } from "@mantine/core";
import dynamic from "next/dynamic";
import { useCan } from "#components/shell/session.tsx";
import { PageBody } from "#components/ui/page-body.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { TableSkeleton } from "#components/ui/table-skeleton.tsx";
import { useUrlState } from "#components/ui/use-url-state.ts";
import { GeneralTab } from "./general-tab.tsx";
import classes from "./settings.module.css";

const loading = () => <TableSkeleton columns={["", "", ""]} rows={3} />;
const AlertsTab = dynamic(() => import("./alerts-tab.tsx").then((m) => m.AlertsTab), { loading });
const AiTab = dynamic(() => import("./ai-tab.tsx").then((m) => m.AiTab), { loading });
const DestinationsTab = dynamic(() => import("./destinations-tab.tsx").then((m) => m.DestinationsTab), {
  loading,
});
const KeysTab = dynamic(() => import("./keys-tab.tsx").then((m) => m.KeysTab), { loading });
const MembersTab = dynamic(() => import("./members-tab.tsx").then((m) => m.MembersTab), { loading });

/** Everything that holds for the whole tenant, by tab; the tab is in the address. */
export function SettingsPage() {
  const { get, set } = useUrlState();
  const keys = useCan("keys.manage");
  const members = useCan("members.manage");
  const tabs = [
    ["general", "General"],
    ["ai", "AI"],
    ["destinations", "Destinations"],
    ["alerts", "Alerts"],
    ...(keys ? [["keys", "Keys"] as const] : []),
    ...(members ? [["members", "Members"] as const] : []),
  ] as const;
  const asked = get("tab") ?? "general";
  const tab = tabs.some(([value]) => value === asked) ? asked : "general";
  return (
    <PageBody>
      <PageHeader title="Settings" description="What holds for this whole tenant." />
      <Tabs
        value={tab}
        onChange={(value) => set({ tab: !value || value === "general" ? undefined : value }, "push")}
      >
        <Tabs.List mb="lg" className={classes.tabs}>
          {tabs.map(([value, label]) => (
            <Tabs.Tab key={value} value={value} className={classes.tab}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="general">
          <GeneralTab />
        </Tabs.Panel>
        <Tabs.Panel value="ai">
          <AiTab />
        </Tabs.Panel>
        <Tabs.Panel value="destinations">
          <DestinationsTab />
        </Tabs.Panel>
        <Tabs.Panel value="alerts">
          <AlertsTab />
        </Tabs.Panel>
        <Tabs.Panel value="keys">
          <KeysTab />
        </Tabs.Panel>
        <Tabs.Panel value="members">
          <MembersTab />
        </Tabs.Panel>
      </Tabs>
    </PageBody>
  );
}
