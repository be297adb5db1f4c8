"use client";
import { Button, FileButton, Group, Menu, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconChevronDown, IconFileImport, IconPlus, IconRoute } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { type FormEvent, useState } from "react";
import { useAssistant } from "#components/proposals/assistant-context.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { DialogActions } from "#components/ui/dialog-actions.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { createPipeline, refreshPipelines } from "./queries.ts";

/** The two ways to a new pipeline without a conversation: an empty one by name, or a document from elsewhere. */
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
            Import IR as JSON
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {naming && <NameModal onClose={name.close} />}
      {importing && <ImportModal onClose={load.close} />}
    </>
  );
}

function useCreate() {
  const client = useQueryClient();
  const router = useRouter();
  return useMutation({
    mutationFn: ({ ir, name }: { ir: unknown; name?: string }) => createPipeline(ir, name),
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

function ImportModal({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState("");
  const create = useCreate();
  const parsed = parse(text);
  return (
    <Dialog onClose={onClose} title="Import IR as JSON" size="lg">
      <Stack gap="sm">
        <Textarea
          label="Document"
          description="A pipeline IR 1.0, as another tenant or the API gave it"
          data-autofocus
          autosize
          minRows={8}
          maxRows={18}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          error={text && !parsed.ok ? parsed.message : undefined}
          styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 12 } }}
          spellCheck={false}
        />
        <Group justify="space-between">
          <FileButton accept="application/json,.json" onChange={(file) => void file?.text().then(setText)}>
            {(props) => (
              <Button variant="default" {...props}>
                Choose a file
              </Button>
            )}
          </FileButton>
          <Text fz="xs" c="dimmed">
            It may be a draft; it runs once every check passes.
          </Text>
        </Group>
        {create.isError && <ErrorState title="It was not imported" error={create.error} />}
        <DialogActions onClose={onClose}>
          <Button
            disabled={!parsed.ok}
            loading={create.isPending}
            onClick={() => parsed.ok && create.mutate({ ir: parsed.ir })}
          >
            Import
          </Button>
        </DialogActions>
      </Stack>
    </Dialog>
  );
}

function parse(text: string): { ok: true; ir: unknown } | { ok: false; message: string } {
  try {
    const ir: unknown = JSON.parse(text);
    if (typeof ir === "object" && ir !== null && !Array.isArray(ir)) return { ok: true, ir };
    return { ok: false, message: "The document must be a JSON object" };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : "This is not JSON" };
  }
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
