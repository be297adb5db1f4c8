"use client";
import { Avatar, UnstyledButton } from "@mantine/core";
import { IconSelector } from "@tabler/icons-react";
import type { ComponentProps } from "react";
import { roleName } from "#components/ui/role-name.ts";
import { useSession } from "./session.tsx";
import classes from "./shell.module.css";

/** Who is signed in; what opens the user menu. */
export function UserButton(props: ComponentProps<"button">) {
  const { user, roles } = useSession();
  return (
    <UnstyledButton {...props} className={classes.user}>
      <Avatar size={26} radius="sm" color="water" name={user.name} aria-hidden />
      <span className={classes.userText}>
        <span className={classes.userName}>{user.name}</span>
        <span className={classes.userRole}>{roles.map(roleName).join(", ")}</span>
      </span>
      <IconSelector size={14} aria-hidden />
    </UnstyledButton>
  );
}
