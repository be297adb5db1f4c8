"use client";
import { Button, Group, SegmentedControl, Skeleton } from "@mantine/core";
import { IconRestore, IconX } from "@tabler/icons-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { PageBody } from "#components/ui/page-body.tsx";
import { useUrlState } from "#components/ui/use-url-state.ts";
import { setupAgent } from "#lib/client/index.ts";
import { ChatPanel } from "./chat-panel.tsx";
import { ConfirmForget } from "./confirm-forget.tsx";
import { FormPanel } from "./form-panel.tsx";
import { SessionGone } from "./session-gone.tsx";
import { SetupCard } from "./setup-card.tsx";
import { SetupHead } from "./setup-head.tsx";
import { Unfinished } from "./unfinished.tsx";
import { useFieldDrafts } from "./use-field-drafts.ts";
import { useSetup } from "./use-setup.ts";
import classes from "./workspace.module.css";

/** Chat or form at the left, what is known so far at the right. */
export default function Workspace() {
  const { get, set } = useUrlState();
  const router = useRouter();
  const talk = useSetup();
  const fields = useFieldDrafts(talk);
  const [words, setWords] = useState("");
  const [leaving, setLeaving] = useState<"start over" | "cancel">();
  const { view } = talk;
  // A connector that the chat does not guide opens in its form, unless the chat is asked for.
  const mode = get("mode") ?? (view?.data.form ? "form" : "chat");
  const openForm = () => set({ mode: "form" });
  const done = view?.state === "done";

  if (talk.error && !view)
    return (
      <PageBody width="full">
        <SetupHead />
        <SessionGone error={talk.error} onAgain={talk.leave} onRetry={talk.reload} />
      </PageBody>
    );
  return (
    <PageBody width="full">
      <SetupHead
        actions={
          talk.id && !done ? (
            <>
              <Button
                variant="default"
                leftSection={<IconRestore size={15} aria-hidden />}
                disabled={talk.busy}
                onClick={() => setLeaving("start over")}
              >
                Start over
              </Button>
              <Button
                variant="default"
                leftSection={<IconX size={15} aria-hidden />}
                onClick={() => setLeaving("cancel")}
              >
                Cancel
              </Button>
            </>
          ) : undefined
        }
      />
      <Group justify="space-between">
        <SegmentedControl
          aria-label="How to connect it"
          value={mode}
          onChange={(value) => set({ mode: value })}
          data={[
            { value: "chat", label: "Chat" },
            { value: "form", label: "Form" },
          ]}
        />
      </Group>
      <div className={classes.columns}>
        {talk.loading ? (
          <Skeleton
            className={classes.left}
            height={420}
            role="status"
            aria-label="Loading the conversation"
          />
        ) : mode === "form" ? (
          <FormPanel talk={talk} fields={fields} />
        ) : (
          <ChatPanel talk={talk} fields={fields} words={words} onWords={setWords} onOpenForm={openForm} />
        )}
        <SetupCard talk={talk} connector={fields.spec} />
      </div>
      {talk.id ? null : <Unfinished />}
      {leaving ? (
        <ConfirmForget
          what={leaving}
          onClose={() => setLeaving(undefined)}
          onConfirm={async () => {
            if (leaving === "start over") return void (await talk.say({ message: "start over" }));
            if (talk.id) await setupAgent.end(talk.id);
            router.push("/data/sources");
          }}
        />
      ) : null}
    </PageBody>
  );
}
