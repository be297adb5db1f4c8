export { createChannel } from "./create-channel.ts";
export { deleteChannel } from "./delete-channel.ts";
export { getChannel } from "./get-channel.ts";
export { keepNotices } from "./keep-notices.ts";
export { listChannels } from "./list-channels.ts";
export { listDeliveries } from "./list-deliveries.ts";
export { retryDelivery } from "./retry-delivery.ts";
export { testChannel, testChannelDraft } from "./test-channel.ts";
export { updateChannel } from "./update-channel.ts";
