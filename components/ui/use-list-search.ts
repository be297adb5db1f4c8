"use client";
import { useSettledText } from "./use-settled-text.ts";
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
  const { text, type, settle } = useSettledText(q, (wanted) => set({ q: wanted, cursor: undefined }), 250);
  const filter = { ...(q ? { q } : {}), ...(cursor ? { cursor } : {}) };
  return { filter, text, type, clear: () => settle("") };
}
