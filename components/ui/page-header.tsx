"use client";
import { Anchor, Group, Stack, Text, Title } from "@mantine/core";
import Link from "next/link";
import type { ReactNode } from "react";
import classes from "./page.module.css";

/** The head of a page: where it stands, its name, a line about it, what can be done. */
export function PageHeader({
  title,
  description,
  back,
  badges,
  actions,
}: {
  title: ReactNode;
  description?: ReactNode;
  back?: { href: string; label: string };
  badges?: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <Group justify="space-between" align="flex-start" gap="md" className={classes.header}>
      <Stack gap={2} className={classes.headerText}>
        {back ? (
          <Anchor component={Link} href={back.href} fz="xs" c="dimmed">
            {back.label}
          </Anchor>
        ) : null}
        <Group gap="xs">
          <Title order={1}>{title}</Title>
          {badges}
        </Group>
        {description ? (
          <Text c="dimmed" component="div" maw="70ch">
            {description}
          </Text>
        ) : null}
      </Stack>
      {actions ? <Group gap="xs">{actions}</Group> : null}
    </Group>
  );
}
