"use client";
import { Button } from "@mantine/core";
import { IconHourglassEmpty } from "@tabler/icons-react";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { isApiError } from "#lib/client/index.ts";

/** A conversation that cannot be gone on with: it has expired, is not there, or could not be loaded. */
export function SessionGone(props: { error: unknown; onAgain: () => void; onRetry: () => void }) {
  const { error, onAgain, onRetry } = props;
  const status = isApiError(error) ? error.status : 0;
  if (status !== 410 && status !== 404)
    return <ErrorState title="The conversation could not be loaded" error={error} onRetry={onRetry} />;
  return (
    <EmptyState
      icon={<IconHourglassEmpty />}
      title={status === 410 ? "This conversation has expired" : "There is no such conversation"}
      description={
        status === 410
          ? "Nothing was saved, and what you entered was deleted after a day without a message."
          : "It was cancelled, or it belongs to somebody else. Nothing was saved."
      }
      action={<Button onClick={onAgain}>Start again</Button>}
    />
  );
}
