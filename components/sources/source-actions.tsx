"use client";
import { ActionIcon, Button, Group, Menu, Stack, Text, TextInput } from "@mantine/core";
import { IconDots, IconPencil, IconTrash } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { type FormEvent, useState } from "react";
import { useCan } from "#components/shell/session.tsx";
import { ConfirmByTyping } from "#components/ui/confirm-by-typing.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { DialogActions } from "#components/ui/dialog-actions.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { notifyDone } from "#components/ui/notify.ts";
import { sources } from "#lib/client/index.ts";
import type { Source } from "#lib/sources/schema.ts";
import { refreshSources, sourceUsesQuery } from "./queries.ts";
import { UseList } from "./source-uses.tsx";

/** What is done with a source less often: give it another title, delete it. */
export default function SourceActions({ source }: { source: Source }) {
  const may = useCan("sources.write");
  const [open, setOpen] = useState<"rename" | "delete">();
  if (!may) return null;
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="default" size={34} aria-label="More actions">
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconPencil size={15} aria-hidden />} onClick={() => setOpen("rename")}>
            Rename
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item
            color="red"
            leftSection={<IconTrash size={15} aria-hidden />}
            onClick={() => setOpen("delete")}
          >
            Delete
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {open === "rename" ? <Rename source={source} onClose={() => setOpen(undefined)} /> : null}
      {open === "delete" ? <Delete source={source} onClose={() => setOpen(undefined)} /> : null}
    </>
  );
}

function Rename({ source, onClose }: { source: Source; onClose: () => void }) {
  const client = useQueryClient();
  const [title, setTitle] = useState(source.title);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  async function save(event: FormEvent) {
    event.preventDefault();
    if (!title.trim() || busy) return;
    setBusy(true);
    try {
      await sources.update(source.id, { title: title.trim() });
      await refreshSources(client);
      notifyDone("The source was renamed");
      onClose();
    } catch (thrown) {
      setError(thrown);
    }
    setBusy(false);
  }
  return (
    <Dialog onClose={onClose} title="Rename the source">
      <form onSubmit={save}>
        <Stack gap="md">
          <TextInput
            label="Title"
            description={`Pipelines go on naming it ${source.name}`}
            value={title}
            maxLength={200}
            onChange={(event) => setTitle(event.currentTarget.value)}
            data-autofocus
          />
          {error ? <ErrorState error={error} title="It was not renamed" /> : null}
          <DialogActions onClose={onClose}>
            <Button type="submit" loading={busy} disabled={!title.trim()}>
              Save
            </Button>
          </DialogActions>
        </Stack>
      </form>
    </Dialog>
  );
}

function Delete({ source, onClose }: { source: Source; onClose: () => void }) {
  const client = useQueryClient();
  const router = useRouter();
  const uses = useQuery({ ...sourceUsesQuery(source.id), staleTime: 0 });
  const used = uses.data?.data ?? [];
  if (used.length > 0)
    return (
      <Dialog onClose={onClose} title="This source is in use">
        <Stack gap="md">
          <Text>
            {used.length === 1 ? "A pipeline reads" : `${used.length} pipelines read`} from it. Delete{" "}
            {used.length === 1 ? "it" : "them"}, or let {used.length === 1 ? "it" : "them"} read from
            elsewhere, before you delete the source.
          </Text>
          <UseList uses={used} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose} data-autofocus>
              Close
            </Button>
          </Group>
        </Stack>
      </Dialog>
    );
  return (
    <ConfirmByTyping
      title="Delete the source"
      name={source.name}
      verb="Delete"
      onClose={onClose}
      onConfirm={async () => {
        await sources.remove(source.id);
        notifyDone(`${source.title} was deleted`);
        router.push("/data/sources");
        await client.invalidateQueries({ queryKey: ["sources", "list"] });
      }}
    >
      Its connection and its secrets are forgotten and cannot be brought back. Tables that were loaded from it
      stay as they are.
    </ConfirmByTyping>
  );
}
