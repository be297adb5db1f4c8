"use client";
import { useHotkeys } from "@mantine/hooks";
import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Mention } from "./mentions.ts";

/** What the conversation is about. `pipelineId` is the row id; absent: a pipeline still to be made. */
export type Subject = { pipelineId?: string; slug?: string; name?: string };

/**
 * What to start with: words put into the box (`draft`), or sent at once (`send`, with a short form to show and rows
 * that are kept nowhere), or a stored proposal to decide.
 */
export type Prefill =
  | { draft: string }
  | { send: string; shown: string; mentions: readonly Mention[]; samples: readonly string[] }
  | { proposal: string };

type Assistant = {
  subject: Subject | undefined;
  setSubject: (subject: Subject | undefined) => void;
  opened: boolean;
  open: (prefill?: Prefill) => void;
  close: () => void;
  /** Taken by the panel, once. */
  takePrefill: () => Prefill | undefined;
  /** Grows with each `open`, so that the panel focuses its box again. */
  asked: number;
};

const AssistantContext = createContext<Assistant | undefined>(undefined);
const STORAGE = "penstock.assistant";

/** Holds which pipeline the assistant speaks about and whether its panel is open, across pages and reloads. */
export function AssistantProvider({ children }: { children: ReactNode }) {
  const [subject, setSubject] = useState<Subject>();
  const [opened, setOpened] = useState(false);
  const [asked, setAsked] = useState(0);
  const prefill = useRef<Prefill>(undefined);
  const returnTo = useRef<HTMLElement>(undefined);
  const open = useCallback((next?: Prefill) => {
    if (next) prefill.current = next;
    if (document.activeElement instanceof HTMLElement) returnTo.current = document.activeElement;
    localStorage.setItem(STORAGE, "open");
    setOpened(true);
    setAsked((count) => count + 1);
  }, []);
  // `?ask=` and `?proposal=` are how other pages, such as the overview, open the panel with something to start with.
  useEffect(() => {
    const url = new URL(window.location.href);
    const ask = url.searchParams.get("ask");
    const proposal = url.searchParams.get("proposal");
    if (ask) {
      url.searchParams.delete("ask");
      window.history.replaceState(null, "", url);
      open({ draft: ask });
    } else if (proposal) {
      open({ proposal });
    } else if (localStorage.getItem(STORAGE) === "open" && window.matchMedia("(min-width: 62em)").matches) {
      setOpened(true);
    }
  }, [open]);
  const close = useCallback(() => {
    localStorage.setItem(STORAGE, "closed");
    const url = new URL(window.location.href);
    if (url.searchParams.has("proposal")) {
      url.searchParams.delete("proposal");
      window.history.replaceState(null, "", url);
    }
    setOpened(false);
    requestAnimationFrame(() => returnTo.current?.focus());
  }, []);
  const takePrefill = useCallback(() => {
    const taken = prefill.current;
    prefill.current = undefined;
    return taken;
  }, []);
  const value = useMemo(
    () => ({ subject, setSubject, opened, open, close, takePrefill, asked }),
    [subject, opened, open, close, takePrefill, asked],
  );
  return <AssistantContext value={value}>{children}</AssistantContext>;
}

/** The assistant, for pages under /data. */
export function useAssistant(): Assistant {
  const assistant = use(AssistantContext);
  if (!assistant) throw new Error("useAssistant is for pages under /data");
  return assistant;
}

/**
 * Says what this page's assistant speaks about; ⌘/Ctrl+I opens it. Nothing is offered until `subject` is known.
 */
export function useAssistantSubject(subject: Subject | undefined): Assistant {
  const assistant = useAssistant();
  const { setSubject, open } = assistant;
  const { pipelineId, slug, name } = subject ?? {};
  const known = subject !== undefined;
  useEffect(() => {
    if (!known) return;
    setSubject({
      ...(pipelineId ? { pipelineId } : {}),
      ...(slug ? { slug } : {}),
      ...(name ? { name } : {}),
    });
    return () => setSubject(undefined);
  }, [known, pipelineId, slug, name, setSubject]);
  useHotkeys([["mod+I", () => open()]], []);
  return assistant;
}
