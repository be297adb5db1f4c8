"use client";
import { useSearchParams } from "next/navigation";
import { useCallback } from "react";

/**
 * The page's state in its address: read a name, change some (one without a value goes). The address changes without
 * asking the server; `push` makes Back lead to what was.
 */
export function useUrlState() {
  const params = useSearchParams();
  const get = useCallback((name: string) => params.get(name) ?? undefined, [params]);
  const set = useCallback(
    (changes: Record<string, string | undefined>, how: "push" | "replace" = "replace") => {
      const url = new URL(window.location.href);
      for (const [name, value] of Object.entries(changes)) {
        if (value) url.searchParams.set(name, value);
        else url.searchParams.delete(name);
      }
      if (how === "push") window.history.pushState(null, "", url);
      else window.history.replaceState(null, "", url);
    },
    [],
  );
  return { get, set };
}
