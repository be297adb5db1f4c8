"use client";
import { Stack, Text } from "@mantine/core";
import classes from "./name-cell.module.css";
import { RowLink } from "./row-link.tsx";

/** The cell that names a row and links to it: what people call it, and below its short name in addresses. */
export function NameCell({ href, title, slug }: { href: string; title: string; slug: string }) {
  return (
    <Stack gap={0} className={classes.name}>
      <RowLink href={href} fw={500} truncate display="block" title={title}>
        {title}
      </RowLink>
      <Text fz="xs" c="dimmed" ff="monospace" truncate>
        {slug}
      </Text>
    </Stack>
  );
}
