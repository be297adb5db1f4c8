"use client";
import { Anchor, type AnchorProps } from "@mantine/core";
import Link from "next/link";
import type { ReactNode } from "react";

/** The link of a row that leads somewhere as a whole: it looks like text, and its click is not the row's as well. */
export function RowLink({
  href,
  children,
  ...look
}: { href: string; children: ReactNode; title?: string } & Pick<
  AnchorProps,
  "fw" | "truncate" | "display" | "style"
>) {
  return (
    <Anchor
      component={Link}
      href={href}
      fz="sm"
      c="var(--mantine-color-text)"
      onClick={(event) => event.stopPropagation()}
      {...look}
    >
      {children}
    </Anchor>
  );
}
