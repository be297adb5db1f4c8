export { createChannel } from "./create-channel.ts";
export { deleteChannel } from "./delete-channel.ts";
export { listChannels } from "./list-channels.ts";
export { updateChannel } from "./update-channel.ts";
