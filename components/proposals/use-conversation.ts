"use client";
import { useCallback, useSyncExternalStore } from "react";
import { readConversation, subscribe } from "./chat-store.ts";
import { type Conversation, emptyConversation } from "./conversation.ts";

/** The conversation under `key`, kept current while an answer arrives. */
export function useConversation(key: string): Conversation {
  const read = useCallback(() => readConversation(key), [key]);
  return useSyncExternalStore(subscribe, read, () => emptyConversation);
}
