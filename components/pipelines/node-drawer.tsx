"use client";
import { Anchor, Code, Drawer, Group, Stack, Table, Text, Title } from "@mantine/core";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { formatNumber } from "#components/ui/format.ts";
import { StatusBadge } from "#components/ui/status-badge.tsx";
import { columnsAfter, formatIrType } from "#lib/ir/index.ts";
import type { IrNode, PipelineIr } from "#lib/ir/schema.ts";
import type { RunNode } from "#lib/runs/schema.ts";
import { KindIcon } from "./kind-icon.tsx";
import { KIND_LABELS, nodeFacts } from "./node-facts.ts";

const NOT_COUNTS = new Set(["in", "out", "rejected"]);

/** One node: what it does, the columns it gives, what the latest run counted. */
export default function NodeDrawer(props: {
  ir: PipelineIr;
  node: IrNode;
  step?: RunNode | undefined;
  /** Shows where a column of the node comes from. */
  onTrace: (column: string) => void;
  onClose: () => void;
}) {
  const { ir, node, step, onTrace, onClose } = props;
  const columns = columnsOf(ir, node);
  const json = JSON.stringify(node, null, 2);
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="md"
      closeButtonProps={{ "aria-label": "Close" }}
      title={
        <Group gap={8}>
          <KindIcon kind={node.kind} size={18} />
          <Text fw={600}>{node.id}</Text>
          <Text fz="sm" c="dimmed">
            {KIND_LABELS[node.kind]}
          </Text>
        </Group>
      }
    >
      <Stack gap="lg">
        {step && <Counts step={step} />}
        <Table variant="vertical" layout="fixed" aria-label="Configuration">
          <Table.Tbody>
            {nodeFacts(node).map((fact) => (
              <Table.Tr key={fact.label}>
                <Table.Th w={140} fw={500}>
                  {fact.label}
                </Table.Th>
                <Table.Td style={{ overflowWrap: "anywhere" }}>{fact.value}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        <div>
          <Title order={3} mb={4}>
            Columns
          </Title>
          {columns ? (
            <Table aria-label="Columns">
              <Table.Tbody>
                {columns.map((column) => (
                  <Table.Tr key={column.name}>
                    <Table.Td style={{ overflowWrap: "anywhere" }}>
                      <Anchor
                        component="button"
                        type="button"
                        fz="sm"
                        ta="left"
                        title={`Show where ${column.name} comes from`}
                        onClick={() => onTrace(column.name)}
                      >
                        {column.name}
                      </Anchor>
                    </Table.Td>
                    <Table.Td ta="right">
                      <Code>{column.type}</Code>
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          ) : (
            <Text fz="sm" c="dimmed">
              Known once it runs: the source declares none.
            </Text>
          )}
        </div>
        <div>
          <Group justify="space-between" mb={4}>
            <Title order={3}>As written</Title>
            <CopyButton value={json} label="Copy the node" />
          </Group>
          <Code block tabIndex={0} role="region" aria-label="The node as JSON">
            {json}
          </Code>
        </div>
      </Stack>
    </Drawer>
  );
}

function Counts({ step }: { step: RunNode }) {
  const more = Object.entries(step.counts ?? {}).filter(([name, n]) => !NOT_COUNTS.has(name) && n);
  return (
    <Stack gap={6}>
      <Group gap="md">
        <StatusBadge status={step.status} />
        <Text fz="sm">{formatNumber(step.rowsIn)} in</Text>
        <Text fz="sm">{formatNumber(step.rowsOut)} out</Text>
        <Text fz="sm">{formatNumber(step.rowsRejected)} rejected</Text>
      </Group>
      {more.length > 0 && (
        <Text fz="xs" c="dimmed">
          {more.map(([name, n]) => `${formatNumber(n ?? 0)} ${name}`).join(" · ")}
        </Text>
      )}
    </Stack>
  );
}

function columnsOf(ir: PipelineIr, node: IrNode): { name: string; type: string }[] | undefined {
  if (node.kind === "target") return columnsOf(ir, upstream(ir, node.input) ?? node);
  if (node.kind === "archive") return undefined;
  const ref = node.kind === "branch" ? `${node.id}:${node.cases[0]?.id ?? node.default}` : node.id;
  return columnsAfter(ir, ref)?.map((column) => ({
    name: column.name,
    type: column.type ? formatIrType(column.type) : "unknown",
  }));
}

function upstream(ir: PipelineIr, ref: string): IrNode | undefined {
  const found = ir.nodes.find((node) => node.id === ref.split(":")[0]);
  return found?.kind === "target" ? undefined : found;
}
