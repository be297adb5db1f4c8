"use client";
import { Button, Menu, Stack, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconChevronDown, IconFileImport, IconPlus, IconRoute } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { type FormEvent, useState } from "react";
import { useAssistant } from "#components/proposals/assistant-context.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { DialogActions } from "#components/ui/dialog-actions.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { ImportPipeline } from "./import-pipeline.tsx";
import { createPipeline, refreshPipelines } from "./queries.ts";

/** The two ways to a new pipeline without a conversation: an empty one by name, or a file from elsewhere. */
export function NewPipeline() {
  const [naming, name] = useDisclosure();
  const [importing, load] = useDisclosure();
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button
            leftSection={<IconPlus size={15} aria-hidden />}
            rightSection={<IconChevronDown size={14} aria-hidden />}
          >
            New pipeline
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconRoute size={15} aria-hidden />} onClick={name.open}>
            Start empty
          </Menu.Item>
          <Menu.Item leftSection={<IconFileImport size={15} aria-hidden />} onClick={load.open}>
            Import a file
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {naming && <NameModal onClose={name.close} />}
      {importing && <ImportPipeline onClose={load.close} />}
    </>
  );
}

function useCreate() {
  const client = useQueryClient();
  const router = useRouter();
  return useMutation({
    mutationFn: ({ ir, name }: { ir: unknown; name: string }) => createPipeline(ir, name),
    onSuccess: async (saved) => {
      await refreshPipelines(client);
      router.push(`/data/pipelines/${saved.slug}`);
    },
  });
}

function NameModal({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const create = useCreate();
  const assistant = useAssistant();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const clean = name.trim();
    if (!clean) return;
    const ir = { kind: "pipeline", version: "1.0", id: slugOf(clean), metadata: { name: clean }, nodes: [] };
    create.mutate({ ir, name: clean }, { onSuccess: () => assistant.open() });
  };
  return (
    <Dialog onClose={onClose} title="New pipeline">
      <form onSubmit={submit}>
        <Stack gap="sm">
          <TextInput
            label="Name"
            description={name.trim() ? `Its id will be ${slugOf(name)}` : "What people will look for"}
            data-autofocus
            maxLength={200}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          {create.isError && <ErrorState title="It was not made" error={create.error} />}
          <DialogActions onClose={onClose}>
            <Button type="submit" disabled={!name.trim()} loading={create.isPending}>
              Create
            </Button>
          </DialogActions>
        </Stack>
      </form>
    </Dialog>
  );
}

/** A slug made of a name: lower case, letters first, at most 63 characters. */
function slugOf(name: string): string {
  const slug = name
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+/, "")
    .slice(0, 63)
    .replace(/-+$/, "");
  return slug || "pipeline";
}
