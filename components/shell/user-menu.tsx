"use client";
import { Avatar, Menu, SegmentedControl, Text, UnstyledButton, useMantineColorScheme } from "@mantine/core";
import { useMounted } from "@mantine/hooks";
import { IconKeyboard, IconLogout, IconSelector } from "@tabler/icons-react";
import { roleName } from "#components/ui/role-name.ts";
import { useSession } from "./session.tsx";
import classes from "./shell.module.css";

/** Who is signed in, the colour scheme, the way out. */
export function UserMenu({ onShortcuts }: { onShortcuts: () => void }) {
  const { user, tenant, roles } = useSession();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const mounted = useMounted();
  return (
    <Menu position="top-start" width={232} shadow="md" withinPortal>
      <Menu.Target>
        <UnstyledButton className={classes.user}>
          <Avatar size={26} radius="sm" color="water" name={user.name} aria-hidden />
          <span className={classes.userText}>
            <span className={classes.userName}>{user.name}</span>
            <span className={classes.userRole}>{roles.map(roleName).join(", ")}</span>
          </span>
          <IconSelector size={14} aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <Text fz="xs" component="div">
            Tenant{" "}
            <Text span ff="monospace" fz="xs">
              {tenant}
            </Text>
          </Text>
        </Menu.Label>
        <div className={classes.scheme}>
          <SegmentedControl
            fullWidth
            size="xs"
            aria-label="Colour scheme"
            value={mounted ? colorScheme : "auto"}
            onChange={(value) => setColorScheme(value as "auto" | "light" | "dark")}
            data={[
              { value: "auto", label: "System" },
              { value: "light", label: "Light" },
              { value: "dark", label: "Dark" },
            ]}
          />
        </div>
        <Menu.Divider />
        <Menu.Item leftSection={<IconKeyboard size={15} />} onClick={onShortcuts}>
          Keyboard shortcuts
        </Menu.Item>
        <Menu.Item
          leftSection={<IconLogout size={15} />}
          onClick={async () => {
            const { signOut } = await import("next-auth/react");
            await signOut({ callbackUrl: "/sign-in" });
          }}
        >
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
