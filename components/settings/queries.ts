import { type QueryClient, queryOptions } from "@tanstack/react-query";
import type { z } from "zod";
import type {
  AddMemberInput,
  AddMemberOutput,
  ApiKeyListSchema,
  ApiKeySchema,
  ChangePasswordInput,
  CreateApiKeyInput,
  CreateApiKeyOutput,
  MemberListSchema,
  MemberSchema,
  SignInLinkSchema,
} from "#lib/auth/schema.ts";
import { api } from "#lib/client/index.ts";
import type {
  CreateDestinationInput,
  DestinationListSchema,
  DestinationSchema,
  DestinationTestSchema,
  SettingsSchema,
  TestDestinationInput,
  UpdateDestinationInput,
  UpdateSettingsInput,
} from "#lib/settings/schema.ts";

export type Settings = z.infer<typeof SettingsSchema>;
export type Destination = z.infer<typeof DestinationSchema>;
export type DestinationTest = z.infer<typeof DestinationTestSchema>;
export type Member = z.infer<typeof MemberSchema>;
export type ApiKey = z.infer<typeof ApiKeySchema>;
export type NewApiKey = z.infer<typeof CreateApiKeyOutput>;
export type NewMember = z.infer<typeof AddMemberOutput>;

const SETTINGS = "/api/v1/settings";
const DESTINATIONS = `${SETTINGS}/destinations`;
const KEYS = `${SETTINGS}/keys`;
const MEMBERS = `${SETTINGS}/members`;

export const settingsQuery = () =>
  queryOptions({ queryKey: ["settings"], queryFn: ({ signal }) => api.get<Settings>(SETTINGS, { signal }) });

export const updateSettings = (input: z.input<typeof UpdateSettingsInput>) =>
  api.patch<Settings>(SETTINGS, input);

export const changePassword = (input: z.input<typeof ChangePasswordInput>) =>
  api.post<void>("/api/v1/me/password", input);

export const destinationsQuery = () =>
  queryOptions({
    queryKey: ["destinations"],
    queryFn: ({ signal }) => api.get<z.infer<typeof DestinationListSchema>>(DESTINATIONS, { signal }),
  });

export const createDestination = (input: z.input<typeof CreateDestinationInput>) =>
  api.post<Destination>(DESTINATIONS, input);
export const updateDestination = (id: string, input: z.input<typeof UpdateDestinationInput>) =>
  api.put<Destination>(`${DESTINATIONS}/${id}`, input);
export const deleteDestination = (id: string) => api.delete(`${DESTINATIONS}/${id}`);
/** Tries a configuration as typed; nothing is saved. */
export const testDraft = (input: z.input<typeof TestDestinationInput>) =>
  api.post<DestinationTest>(`${DESTINATIONS}/test`, input);
/** Tries a saved destination with its saved password. */
export const testSaved = (id: string) => api.post<DestinationTest>(`${DESTINATIONS}/${id}/test`);

export const keysQuery = () =>
  queryOptions({
    queryKey: ["api-keys"],
    queryFn: ({ signal }) => api.get<z.infer<typeof ApiKeyListSchema>>(KEYS, { signal }),
  });

export const createKey = (input: z.input<typeof CreateApiKeyInput>) => api.post<NewApiKey>(KEYS, input);
export const revokeKey = (id: string) => api.delete(`${KEYS}/${id}`);

export const membersQuery = () =>
  queryOptions({
    queryKey: ["members"],
    queryFn: ({ signal }) => api.get<z.infer<typeof MemberListSchema>>(MEMBERS, { signal }),
  });

export const addMember = (input: z.input<typeof AddMemberInput>) => api.post<NewMember>(MEMBERS, input);
export const updateMember = (userId: string, roles: Member["roles"]) =>
  api.patch<Member>(`${MEMBERS}/${encodeURIComponent(userId)}`, { roles });
/** A new one-time sign-in link, for a member who lost theirs or their password. */
export const issueLink = (userId: string) =>
  api.post<z.infer<typeof SignInLinkSchema>>(`${MEMBERS}/${encodeURIComponent(userId)}/link`);
export const removeMember = (userId: string) => api.delete(`${MEMBERS}/${encodeURIComponent(userId)}`);

/** Asks again for one list after it was changed. */
export const refresh = (client: QueryClient, key: "settings" | "destinations" | "api-keys" | "members") =>
  client.invalidateQueries({ queryKey: [key] });
