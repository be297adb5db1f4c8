"use client";
import { DataList, Stack, Table, Text } from "@mantine/core";
import { formatMoment } from "#components/ui/format.ts";
import { IdText } from "#components/ui/id-text.tsx";
import classes from "./audit.module.css";
import { type ChangedField, changedFields, fieldsOf } from "./changed-fields.ts";
import { ProposalOutcome } from "./proposal-outcome.tsx";
import type { AuditRow } from "./queries.ts";
import { readProposal } from "./read-proposal.ts";
import { ValueText } from "./value-text.tsx";

/** Fields shown of one row; a whole pipeline can have hundreds. */
const SHOWN = 200;

/** One row unfolded: what changed, field by field, and the ids to look further with. */
export function AuditDetail({ row }: { row: AuditRow }) {
  const proposal = readProposal(row);
  const fields = proposal ? [] : fieldsOfRow(row);
  return (
    <Stack gap="md" className={classes.detail}>
      {row.erased ? (
        <Text c="dimmed">The content of this row was erased. The chain holds without it.</Text>
      ) : proposal ? (
        <ProposalOutcome id={row.entityId} proposal={proposal} />
      ) : fields.length > 0 ? (
        <div className={classes.fields}>
          <Table layout="fixed" aria-label="What changed" fz="xs" verticalSpacing={5}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th w="24%">Field</Table.Th>
                <Table.Th>Before</Table.Th>
                <Table.Th>After</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {fields.slice(0, SHOWN).map((field) => (
                <Table.Tr key={field.path}>
                  <Table.Td className={classes.path}>{field.path || "value"}</Table.Td>
                  <Side field={field} side="before" />
                  <Side field={field} side="after" />
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
          {fields.length > SHOWN ? (
            <Text fz="xs" c="dimmed" p="xs">
              and {fields.length - SHOWN} more fields; export the row to see them all
            </Text>
          ) : null}
        </div>
      ) : (
        <Text c="dimmed">This entry records that it happened; no fields changed.</Text>
      )}
      <DataList size="sm" gap={4} labelWidth="110px">
        <DataList.Item>
          <DataList.ItemLabel>When</DataList.ItemLabel>
          <DataList.ItemValue>{formatMoment(Date.parse(row.timestamp))}</DataList.ItemValue>
        </DataList.Item>
        <DataList.Item>
          <DataList.ItemLabel>Entity</DataList.ItemLabel>
          <DataList.ItemValue>
            <IdText id={row.entityId} chars={40} label="Copy entity id" />
          </DataList.ItemValue>
        </DataList.Item>
        <DataList.Item>
          <DataList.ItemLabel>Who</DataList.ItemLabel>
          <DataList.ItemValue>
            {row.userName ? `${row.userName} ` : ""}
            <IdText id={row.userId} chars={40} label="Copy user id" />
          </DataList.ItemValue>
        </DataList.Item>
        <DataList.Item>
          <DataList.ItemLabel>Request</DataList.ItemLabel>
          <DataList.ItemValue>
            <IdText id={row.requestId} chars={40} label="Copy request id" />
          </DataList.ItemValue>
        </DataList.Item>
        <DataList.Item>
          <DataList.ItemLabel>Seal</DataList.ItemLabel>
          <DataList.ItemValue>
            <IdText id={row.integrityHash} chars={16} label="Copy the row's hash" />
          </DataList.ItemValue>
        </DataList.Item>
      </DataList>
    </Stack>
  );
}

function Side({ field, side }: { field: ChangedField; side: "before" | "after" }) {
  if (!(side in field)) return <Table.Td className={classes.nothing} />;
  const value = field[side];
  return (
    <Table.Td className={classes.value} data-side={side}>
      <ValueText text={textOf(value)} label={`${field.path || "value"} ${side}`} />
    </Table.Td>
  );
}

/** Text as it is; short values on one line, long ones laid out. */
function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  const line = JSON.stringify(value);
  return line.length <= 60 ? line : JSON.stringify(value, null, 2);
}

/** `changes` where the verb wrote them, else the difference of before and after, else the one side there is. */
function fieldsOfRow({ before, after, changes }: AuditRow): ChangedField[] {
  const fields =
    before !== null && after !== null
      ? changedFields(before, after)
      : before !== null
        ? fieldsOf("before", before)
        : fieldsOf("after", after);
  if (changes === null) return fields;
  return [
    ...fields,
    ...fieldsOf("after", changes).map((field) => ({ ...field, path: `changes.${field.path}` })),
  ];
}
