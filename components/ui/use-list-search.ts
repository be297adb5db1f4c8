"use client";
import { useDebouncedCallback } from "@mantine/hooks";
import { useEffect, useRef, useState } from "react";
import { useUrlState } from "./use-url-state.ts";

/** The search of a list as one types it, and as the list is asked for it. */
export type ListSearch = {
  /** What the list is asked for: stands in the address, with the page. */
  filter: { q?: string; cursor?: string };
  /** What stands in the box, ahead of `filter` while one types. */
  text: string;
  type: (text: string) => void;
  clear: () => void;
};

/** Keeps the search and the page of a list in the address; the list is asked a moment after the last key. */
export function useListSearch(): ListSearch {
  const { get, set } = useUrlState();
  const q = get("q") ?? "";
  const cursor = get("cursor");
  const [text, setText] = useState(q);
  const sent = useRef(q);
  const send = (wanted: string) => {
    sent.current = wanted;
    set({ q: wanted, cursor: undefined });
  };
  const sendSoon = useDebouncedCallback(send, 250);
  // Back changes the address under the box; what the box itself sent does not come back to it.
  useEffect(() => {
    if (q === sent.current) return;
    sent.current = q;
    setText(q);
  }, [q]);
  return {
    filter: { ...(q ? { q } : {}), ...(cursor ? { cursor } : {}) },
    text,
    type: (typed) => {
      setText(typed);
      sendSoon(typed.trim());
    },
    clear: () => {
      sendSoon.cancel();
      setText("");
      send("");
    },
  };
}
