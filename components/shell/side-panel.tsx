"use client";
import { createContext, type ReactNode, use, useEffect, useMemo, useState } from "react";
import { createPortal } from "react-dom";

type Slot = {
  element: HTMLElement | null;
  setElement: (element: HTMLElement | null) => void;
  opened: boolean;
  setOpened: (opened: boolean) => void;
};

const SlotContext = createContext<Slot | undefined>(undefined);

/** Holds the one place at the right where a page may dock a panel. */
export function SidePanelProvider({ children }: { children: ReactNode }) {
  const [element, setElement] = useState<HTMLElement | null>(null);
  const [opened, setOpened] = useState(false);
  const slot = useMemo(() => ({ element, setElement, opened, setOpened }), [element, opened]);
  return <SlotContext value={slot}>{children}</SlotContext>;
}

/** The shell's side of the slot. */
export function useSidePanelSlot(): Slot {
  const slot = use(SlotContext);
  if (!slot) throw new Error("A side panel needs the shell around it");
  return slot;
}

/**
 * Docks its children at the right of the page while `opened`: a resizable column on wide screens, the whole screen on
 * narrow ones. Children stay mounted in the page's tree, so their state, context and queries are the page's own.
 */
export function SidePanel({ opened, children }: { opened: boolean; children: ReactNode }) {
  const { element, setOpened } = useSidePanelSlot();
  useEffect(() => {
    setOpened(opened);
    return () => setOpened(false);
  }, [opened, setOpened]);
  return element && opened ? createPortal(children, element) : null;
}
