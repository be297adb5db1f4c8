"use client";
import { ActionIcon, AppShell, Burger, Group, Text, useAppShellResize } from "@mantine/core";
import { useDisclosure, useHotkeys, useMediaQuery } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import dynamic from "next/dynamic";
import { type ReactNode, useState } from "react";
import { Mark } from "#components/ui/mark.tsx";
import { type Session, SessionProvider } from "./session.tsx";
import classes from "./shell.module.css";
import { SidePanelProvider, useSidePanelSlot } from "./side-panel.tsx";
import { Sidebar } from "./sidebar.tsx";

const CommandMenu = dynamic(() => import("./command-menu.tsx"), { ssr: false });
const Shortcuts = dynamic(() => import("./shortcuts.tsx").then(({ Shortcuts }) => Shortcuts), { ssr: false });

/** The frame of the workspace: navigation at the left, the page, and a slot at the right for a docked panel. */
export function Shell({ session, children }: { session: Session; children: ReactNode }) {
  return (
    <SessionProvider session={session}>
      <SidePanelProvider>
        <Frame>{children}</Frame>
      </SidePanelProvider>
    </SessionProvider>
  );
}

function Frame({ children }: { children: ReactNode }) {
  const [menu, { toggle: toggleMenu, close: closeMenu }] = useDisclosure();
  const [searches, setSearches] = useState(0);
  const [shortcuts, setShortcuts] = useState<"never" | "open" | "closed">("never");
  const { setElement, opened: panel } = useSidePanelSlot();
  const narrow = useMediaQuery("(max-width: 61.99em)") ?? false;
  const resize = useAppShellResize({ aside: { min: 340, max: 900, label: "Resize the panel" } });
  const search = () => setSearches((count) => count + 1);
  useHotkeys([["mod+K", search]], []);
  useHotkeys([
    ["shift+?", () => setShortcuts("open")],
    ["?", () => setShortcuts("open")],
  ]);
  return (
    <AppShell
      layout="alt"
      header={{ height: { base: 48, sm: 0 } }}
      navbar={{ width: 224, breakpoint: "sm", collapsed: { mobile: !menu } }}
      aside={{ width: 440, breakpoint: "md", collapsed: { desktop: !panel, mobile: !panel } }}
      resize={resize}
      transitionDuration={0}
      offsetScrollbars={false}
    >
      <a href="#main" className={classes.skip}>
        Skip to the page
      </a>
      <AppShell.Header className={classes.header} hiddenFrom="sm">
        <Group gap="xs" wrap="nowrap">
          <Burger
            opened={menu}
            onClick={toggleMenu}
            size="sm"
            aria-label={menu ? "Close the menu" : "Open the menu"}
          />
          <Mark size={20} />
          <Text fw={600}>Penstock</Text>
        </Group>
        <ActionIcon variant="subtle" color="gray" onClick={search} aria-label="Search">
          <IconSearch size={18} />
        </ActionIcon>
      </AppShell.Header>
      <AppShell.Navbar className={classes.sidebar}>
        <Burger
          hiddenFrom="sm"
          opened
          onClick={closeMenu}
          size="sm"
          aria-label="Close the menu"
          className={classes.sidebarClose}
        />
        <Sidebar onSearch={search} onShortcuts={() => setShortcuts("open")} onGo={closeMenu} />
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1} className={classes.main} inert={narrow && panel}>
        {children}
      </AppShell.Main>
      <AppShell.Aside className={classes.aside} ref={setElement} aria-label="Docked panel" />
      {searches > 0 ? <CommandMenu request={searches} /> : null}
      {shortcuts === "never" ? null : (
        <Shortcuts opened={shortcuts === "open"} onClose={() => setShortcuts("closed")} />
      )}
    </AppShell>
  );
}
