"use client";
import { Skeleton, Stack } from "@mantine/core";
import dynamic from "next/dynamic";
import { useCan } from "#components/shell/session.tsx";
import { PageBody } from "#components/ui/page-body.tsx";
import { NotAllowed } from "./not-allowed.tsx";
import { SetupHead } from "./setup-head.tsx";

const Workspace = dynamic(() => import("./workspace.tsx"), { ssr: false, loading: WorkspaceSkeleton });

/** A new source: by chatting, or in a form; both lead the same conversation. */
export function SetupPage() {
  const may = useCan("sources.write");
  if (may) return <Workspace />;
  return (
    <PageBody width="full">
      <SetupHead />
      <NotAllowed />
    </PageBody>
  );
}

function WorkspaceSkeleton() {
  return (
    <PageBody width="full">
      <SetupHead />
      <Stack gap="md" aria-busy="true" role="status" aria-label="Loading">
        <Skeleton height={34} width={160} />
        <Skeleton height="calc(100dvh - 260px)" mih={360} />
      </Stack>
    </PageBody>
  );
}
