import { queryOptions } from "@tanstack/react-query";
import type { z } from "zod";
import { api } from "#lib/client/index.ts";
import type { AiSettings, AiTest, UpdateAiInput } from "#lib/settings/schema.ts";

const AI = "/api/v1/settings/ai";

/** What the form sends. */
export type AiChoice = z.input<typeof UpdateAiInput>;

/** Who answers, and who chose it. */
export const aiQuery = () =>
  queryOptions({
    queryKey: ["ai-settings"],
    queryFn: ({ signal }) => api.get<AiSettings>(AI, { signal }),
  });

export const saveAi = (choice: AiChoice) => api.put<AiSettings>(AI, choice);
export const clearAi = () => api.delete<AiSettings>(AI);
/** How many proposals the tenant may ask for in any 60 minutes; null is the usual number. */
export const saveProposalLimit = (proposalsPerHour: number | null) =>
  api.patch<AiSettings>(AI, { proposalsPerHour });
/** Tries a draft; `{}` tries what is in force. Nothing is saved. */
export const testAi = (choice: AiChoice | Record<string, never>) => api.post<AiTest>(`${AI}/test`, choice);
