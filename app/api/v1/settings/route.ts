import { routes } from "#lib/http/index.ts";
import { getSettings, updateSettings } from "#lib/settings/index.ts";
import { SettingsSchema, UpdateSettingsInput } from "#lib/settings/schema.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes("/api/v1/settings", {
  GET: {
    summary: "The tenant's name and flags",
    auth: "key-or-session",
    permission: "settings.read",
    output: SettingsSchema,
    handler: ({ ctx }) => getSettings({ ctx }),
  },
  PATCH: {
    summary: "Change the tenant's name or flags",
    auth: "key-or-session",
    permission: "settings.write",
    input: UpdateSettingsInput,
    output: SettingsSchema,
    handler: ({ ctx, input }) => updateSettings({ ctx, input }),
  },
});
