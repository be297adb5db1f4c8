import type { Metadata } from "next";
import { settingsQuery } from "#components/settings/queries.ts";
import { SettingsPage } from "#components/settings/settings.tsx";
import { Prefetched } from "#components/ui/prefetched.tsx";
import { pageCtx } from "#lib/http/index.ts";
import { getSettings } from "#lib/settings/index.ts";

export const metadata: Metadata = { title: "Settings" };

/** The tenant's settings, with what the first tab shows already in hand. */
export default async function Page() {
  const ctx = await pageCtx();
  return (
    <Prefetched queries={[{ ...settingsQuery(), queryFn: () => getSettings({ ctx }) }]}>
      <SettingsPage />
    </Prefetched>
  );
}
