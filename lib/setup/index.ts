export { type Advancing, advanceSession } from "./advance-session.ts";
export { answerSetupChat } from "./answer-setup-chat.ts";
export { createSession } from "./create-session.ts";
export { deleteSession } from "./delete-session.ts";
export { evictSessions } from "./evict-sessions.ts";
export { getSession } from "./get-session.ts";
export { keepSessions } from "./keep-sessions.ts";
export { listSessions } from "./list-sessions.ts";
export { listSessionStreams, previewSessionStream } from "./session-streams.ts";
