export { announce, EVENTS_CHANNEL } from "./wake.ts";
