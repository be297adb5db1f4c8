"use client";
import { Menu, Text, useMantineColorScheme } from "@mantine/core";
import { useMounted } from "@mantine/hooks";
import { IconKeyboard, IconLogout } from "@tabler/icons-react";
import { useSession } from "./session.tsx";
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
        <Menu.RadioGroup
          aria-label="Colour scheme"
          value={mounted ? colorScheme : "auto"}
          onChange={(value) => setColorScheme(value as "auto" | "light" | "dark")}
        >
          <Menu.RadioItem value="auto">As the system</Menu.RadioItem>
          <Menu.RadioItem value="light">Light</Menu.RadioItem>
          <Menu.RadioItem value="dark">Dark</Menu.RadioItem>
        </Menu.RadioGroup>
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
