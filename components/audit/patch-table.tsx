"use client";
import { Group, Table, Text } from "@mantine/core";
import { CopyButton } from "#components/ui/copy-button.tsx";
import classes from "./audit.module.css";
import { type AuditedProposal, shownOps } from "./read-proposal.ts";
import { ValueText } from "./value-text.tsx";

/** Operations shown; a new pipeline can have hundreds. */
const SHOWN = 200;

/** A patch, operation by operation; the whole of it can be copied. */
export function PatchTable({ title, patch }: { title: string; patch: AuditedProposal["patch"] }) {
  const { ops, guards } = shownOps(patch);
  return (
    <div>
      <Group gap={6} mb={4}>
        <Text fz="sm" fw={500}>
          {title}
        </Text>
        <Text fz="xs" c="dimmed">
          {ops.length === 0
            ? "empty: nothing changes"
            : `${ops.length} ${ops.length === 1 ? "operation" : "operations"}`}
          {guards > 0 ? `, ${guards} ${guards === 1 ? "guard" : "guards"}` : ""}
        </Text>
        {patch.length > 0 ? (
          <CopyButton value={JSON.stringify(patch, null, 2)} label="Copy the patch" />
        ) : null}
      </Group>
      {ops.length > 0 ? (
        <div className={classes.fields}>
          <Table layout="fixed" aria-label={title} fz="xs" verticalSpacing={5}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th w={80}>Op</Table.Th>
                <Table.Th w="34%">Path</Table.Th>
                <Table.Th>Value</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {ops.slice(0, SHOWN).map((op, at) => (
                <Table.Tr key={at.toString()}>
                  <Table.Td className={classes.path}>{op.op}</Table.Td>
                  <Table.Td className={classes.path}>{op.path}</Table.Td>
                  <Table.Td className={classes.value}>
                    <ValueText text={textOf(op.value)} label={`Value at ${op.path}`} />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
          {ops.length > SHOWN ? (
            <Text fz="xs" c="dimmed" p="xs">
              and {ops.length - SHOWN} more; copy the patch to see them all
            </Text>
          ) : null}
        </div>
      ) : null}
    </div>
  );
}

function textOf(value: unknown): string {
  if (value === undefined) return "";
  const line = JSON.stringify(value);
  return line.length <= 80 ? line : JSON.stringify(value, null, 2);
}
