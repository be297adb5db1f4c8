"use client";
import { Menu, SegmentedControl, Text, useMantineColorScheme } from "@mantine/core";
import { useMounted } from "@mantine/hooks";
import { IconKeyboard, IconLogout } from "@tabler/icons-react";
import { useSession } from "./session.tsx";
import classes from "./shell.module.css";
import { UserButton } from "./user-button.tsx";

/** Who is signed in, the colour scheme, the way out. */
export default function UserMenu({ onShortcuts }: { onShortcuts: () => void }) {
  const { tenant } = useSession();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const mounted = useMounted();
  return (
    <Menu position="top-start" width={232} shadow="md" withinPortal>
      <Menu.Target>
        <UserButton />
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
