"use client";
import { AppShell, Group, Kbd, NavLink, Text, UnstyledButton } from "@mantine/core";
import { useOs } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import dynamic from "next/dynamic";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { Mark } from "#components/ui/mark.tsx";
import { isCurrent, places } from "./navigation.ts";
import { useSession } from "./session.tsx";
import classes from "./shell.module.css";
import { UserButton } from "./user-button.tsx";

const UserMenu = dynamic(() => import("./user-menu.tsx"), {
  ssr: false,
  loading: () => <UserButton disabled />,
});

/** The navigation column: mark, search, places, and the user at its foot. */
export function Sidebar({
  onSearch,
  onShortcuts,
  onGo,
}: {
  onSearch: () => void;
  onShortcuts: () => void;
  onGo: () => void;
}) {
  const pathname = usePathname();
  const { permissions, tenant } = useSession();
  const os = useOs();
  const modKey = os === "macos" || os === "ios" ? "⌘" : "Ctrl ";
  return (
    <>
      <AppShell.Section className={classes.brand}>
        <Link href="/" className={classes.brandLink} onClick={onGo}>
          <Mark />
          <span className={classes.brandName}>Penstock</span>
        </Link>
        <Text className={classes.tenant} title={`Tenant ${tenant}`}>
          {tenant}
        </Text>
      </AppShell.Section>
      <AppShell.Section px="xs" pb="xs">
        <UnstyledButton className={classes.search} onClick={onSearch}>
          <IconSearch size={14} aria-hidden />
          <span>Search</span>
          <Kbd size="xs">{modKey}K</Kbd>
        </UnstyledButton>
      </AppShell.Section>
      <AppShell.Section grow px="xs" className={classes.places}>
        <nav aria-label="Main">
          {places.map(({ group, items }) => (
            <div key={group ?? "top"} className={classes.group}>
              {group ? <div className={classes.groupName}>{group}</div> : null}
              {items
                .filter((item) => !item.permission || permissions.includes(item.permission))
                .map(({ href, label, icon: Icon }) => (
                  <NavLink
                    key={href}
                    component={Link}
                    href={href}
                    label={label}
                    active={isCurrent(href, pathname)}
                    aria-current={isCurrent(href, pathname) ? "page" : undefined}
                    leftSection={<Icon size={16} stroke={1.7} aria-hidden />}
                    className={classes.link}
                    onClick={onGo}
                  />
                ))}
            </div>
          ))}
        </nav>
      </AppShell.Section>
      <AppShell.Section className={classes.foot}>
        <Group gap={4} wrap="nowrap">
          <UserMenu onShortcuts={onShortcuts} />
        </Group>
      </AppShell.Section>
    </>
  );
}
