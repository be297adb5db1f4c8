"use client";
import dynamic from "next/dynamic";

/** An empty list: what it is for, and the one thing to do next. It is only loaded where a list is empty. */
export const EmptyState = dynamic(() =>
  import("./empty-state-box.tsx").then((module) => module.EmptyStateBox),
);
