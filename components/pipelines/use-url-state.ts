"use client";
import { usePathname, useRouter, useSearchParams } from "next/navigation";
import { useCallback } from "react";

type Changes = Record<string, string | undefined>;

/** The page's state in its address: read a name, change some; `push` makes Back lead to what was. */
export function useUrlState() {
  const params = useSearchParams();
  const pathname = usePathname();
  const router = useRouter();
  const set = useCallback(
    (changes: Changes, how: "push" | "replace" = "replace") => {
      const next = new URLSearchParams(window.location.search);
      for (const [name, value] of Object.entries(changes)) {
        if (value) next.set(name, value);
        else next.delete(name);
      }
      const text = next.toString();
      router[how](text ? `${pathname}?${text}` : pathname, { scroll: false });
    },
    [pathname, router],
  );
  const get = useCallback((name: string) => params.get(name) ?? undefined, [params]);
  return { get, set };
}
