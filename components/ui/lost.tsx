"use client";
import { Button } from "@mantine/core";
import { IconMapOff } from "@tabler/icons-react";
import Link from "next/link";
import { EmptyState } from "./empty-state.tsx";
import { PageBody } from "./page-body.tsx";

/** Nothing is at this address. `outside`: no shell stands around it, so that there is no search to offer. */
export function Lost({ outside = false }: { outside?: boolean }) {
  return (
    <PageBody width="narrow">
      <EmptyState
        icon={<IconMapOff />}
        title={<h1 style={{ font: "inherit", margin: 0 }}>There is nothing at this address</h1>}
        description={`It may have been deleted or renamed, or it belongs to another tenant. ${
          outside ? "Start from the overview." : "Search for it, or start from the overview."
        }`}
        action={
          <Button component={Link} href="/" variant="default">
            Go to the overview
          </Button>
        }
      />
    </PageBody>
  );
}
