"use client";
import { Button } from "@mantine/core";
import { IconMapOff } from "@tabler/icons-react";
import Link from "next/link";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PageBody } from "#components/ui/page-body.tsx";

/** A memory that is not there: never was, was erased, or is not this reader's to see. They look alike on purpose. */
export function MemoryGone({ id }: { id: string }) {
  return (
    <PageBody width="narrow">
      <EmptyState
        icon={<IconMapOff />}
        title={<h1 style={{ font: "inherit", margin: 0 }}>There is no such memory</h1>}
        description={
          <span style={{ overflowWrap: "anywhere" }}>
            {id} was erased, never existed, or is not visible to you. The log keeps a tombstone of what was
            erased.
          </span>
        }
        action={
          <Button component={Link} href="/memory" variant="default">
            Search memory
          </Button>
        }
      />
    </PageBody>
  );
}
