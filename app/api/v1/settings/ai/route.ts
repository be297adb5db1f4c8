import { routes } from "#lib/http/index.ts";
import {
  clearAiSettings,
  getAiSettings,
  updateAiSettings,
  updateProposalLimit,
} from "#lib/settings/index.ts";
import { AiSettingsSchema, UpdateAiInput, UpdateProposalLimitInput } from "#lib/settings/schema.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes("/api/v1/settings/ai", {
  GET: {
    summary: "Which provider answers, and who chose it",
    auth: "key-or-session",
    permission: "settings.read",
    output: AiSettingsSchema,
    handler: ({ ctx }) => getAiSettings({ ctx }),
  },
  PUT: {
    summary: "Choose the provider that answers",
    description: "Without a key the kept one stays, while it goes to the same provider and base URL.",
    auth: "key-or-session",
    permission: "settings.write",
    input: UpdateAiInput,
    output: AiSettingsSchema,
    handler: ({ ctx, input }) => updateAiSettings({ ctx, input }),
  },
  PATCH: {
    summary: "Change how many proposals the tenant may ask for in an hour",
    auth: "key-or-session",
    permission: "settings.write",
    input: UpdateProposalLimitInput,
    output: AiSettingsSchema,
    handler: ({ ctx, input }) => updateProposalLimit({ ctx, input }),
  },
  DELETE: {
    summary: "Use the deployment's default again",
    auth: "key-or-session",
    permission: "settings.write",
    output: AiSettingsSchema,
    handler: ({ ctx }) => clearAiSettings({ ctx }),
  },
});
