"use client";
import { Button } from "@mantine/core";
import { IconMapOff } from "@tabler/icons-react";
import Link from "next/link";
import { EmptyState } from "./empty-state.tsx";
import { PageBody } from "./page-body.tsx";

/** Nothing is at this address. */
export function Lost() {
  return (
    <PageBody width="narrow">
      <EmptyState
        icon={<IconMapOff />}
        title="There is nothing at this address"
        description="It may have been deleted or renamed, or it belongs to another tenant. Search with ⌘K, or start from the overview."
        action={
          <Button component={Link} href="/" variant="default">
            Go to the overview
          </Button>
        }
      />
    </PageBody>
  );
}
