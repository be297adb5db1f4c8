import { queryOptions } from "@tanstack/react-query";
import type { z } from "zod";
import { api } from "#lib/client/index.ts";
import type {
  Channel,
  ChannelTest,
  CreateChannelInput,
  Delivery,
  TestChannelInput,
  UpdateChannelInput,
} from "#lib/notices/schema.ts";
import type { PipelineList } from "#lib/runs/schema.ts";

const CHANNELS = "/api/v1/settings/channels";

/** What the form sends, without its name and topics when it is only tried. */
export type ChannelDraft = z.input<typeof TestChannelInput>;
export type NewChannel = z.input<typeof CreateChannelInput>;
export type ChannelChange = z.input<typeof UpdateChannelInput>;

export const channelsQuery = () =>
  queryOptions({
    queryKey: ["channels"],
    queryFn: ({ signal }) => api.get<{ data: Channel[] }>(CHANNELS, { signal }),
  });

export const createChannel = (input: NewChannel) => api.post<Channel>(CHANNELS, input);
export const updateChannel = (id: string, input: ChannelChange) =>
  api.patch<Channel>(`${CHANNELS}/${id}`, input);
export const deleteChannel = (id: string) => api.delete(`${CHANNELS}/${id}`);
/** Tries a configuration as typed; nothing is saved, but a message is sent. */
export const testChannelDraft = (input: ChannelDraft) => api.post<ChannelTest>(`${CHANNELS}/test`, input);
/** Tries a saved channel with its saved secret. */
export const testSavedChannel = (id: string) => api.post<ChannelTest>(`${CHANNELS}/${id}/test`);

/** The latest messages of a channel, followed while some are on their way. */
export const deliveriesQuery = (id: string) =>
  queryOptions({
    queryKey: ["channels", id, "deliveries"],
    queryFn: ({ signal }) => api.get<{ data: Delivery[] }>(`${CHANNELS}/${id}/deliveries`, { signal }),
    staleTime: 0,
    refetchInterval: (query) =>
      query.state.data?.data.some(({ status }) => status === "waiting") ? 2_000 : 15_000,
  });

export const retryDelivery = (id: string, deliveryId: string) =>
  api.post<Delivery>(`${CHANNELS}/${id}/deliveries/${deliveryId}/retry`);

/** The pipelines that a channel may be limited to: the latest hundred. */
export const pipelineNamesQuery = () =>
  queryOptions({
    queryKey: ["pipelines", "names"],
    queryFn: ({ signal }) => api.get<PipelineList>("/api/v1/pipelines", { query: { limit: 100 }, signal }),
  });
