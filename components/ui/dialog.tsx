"use client";
import { Modal, type ModalProps } from "@mantine/core";
import { useEffect, useState } from "react";

/**
 * A modal that is there while it is mounted. Mantine gives the focus back where a modal closes, not where it is taken
 * away while open; this one does, to what had it, or to the button behind the menu that had it.
 */
export function Dialog(props: Omit<ModalProps, "opened">) {
  const [opener] = useState(() => document.activeElement);
  const [button] = useState(() => {
    const menu = opener?.closest("[role=menu]");
    return menu ? document.getElementById(menu.getAttribute("aria-labelledby") ?? "") : null;
  });
  useEffect(
    () => () => {
      const back = [button, opener].find((one) => one?.isConnected);
      // After the modal's own clean-up, and only if nothing else has taken the focus meanwhile.
      setTimeout(() => {
        const idle = document.activeElement === document.body || !document.activeElement;
        if (idle && back instanceof HTMLElement) back.focus();
      });
    },
    [opener, button],
  );
  return <Modal opened {...props} />;
}
