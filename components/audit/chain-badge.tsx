"use client";
import { Button, Code, DataList, Popover, Skeleton, Stack, Text } from "@mantine/core";
import { IconLinkOff, IconRosetteDiscountCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { formatNumber } from "#components/ui/format.ts";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import classes from "./audit.module.css";
import { auditVerdict } from "./queries.ts";

/** Whether the chain of rows holds, in one word; what that means and the numbers behind it on demand. */
export default function ChainBadge() {
  const verdict = useQuery(auditVerdict());
  const { data } = verdict;
  if (verdict.isPending) return <Skeleton width={170} height={36} />;
  return (
    <Popover width={340} position="bottom-end" shadow="md" withinPortal trapFocus>
      <Popover.Target>
        <Button
          variant="default"
          leftSection={
            data?.intact ? (
              <IconRosetteDiscountCheck size={16} className={classes.intact} aria-hidden />
            ) : (
              <IconLinkOff size={16} className={classes.broken} aria-hidden />
            )
          }
        >
          {data ? (data.intact ? "Chain verified" : "Chain broken") : "Not verified"}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="sm">
          {verdict.error ? <ErrorState error={verdict.error} title="The chain could not be checked" /> : null}
          {data ? (
            <>
              <Text fz="sm">
                {data.intact
                  ? "Every row is sealed with the one before it, under a key that is not in the database. No row was changed, removed or slipped in."
                  : data.brokenReason}
              </Text>
              <DataList size="sm" gap={4} labelWidth="110px">
                <DataList.Item>
                  <DataList.ItemLabel>Verified</DataList.ItemLabel>
                  <DataList.ItemValue>
                    {formatNumber(data.verified)} of {formatNumber(data.total)} rows
                  </DataList.ItemValue>
                </DataList.Item>
                {data.erased > 0 ? (
                  <DataList.Item>
                    <DataList.ItemLabel>Erased</DataList.ItemLabel>
                    <DataList.ItemValue>
                      {formatNumber(data.erased)} rows; their content is gone, the chain holds
                    </DataList.ItemValue>
                  </DataList.Item>
                ) : null}
                {data.brokenAtId ? (
                  <DataList.Item>
                    <DataList.ItemLabel>Breaks at</DataList.ItemLabel>
                    <DataList.ItemValue>
                      <Code>{data.brokenAtId}</Code>
                    </DataList.ItemValue>
                  </DataList.Item>
                ) : null}
                <DataList.Item>
                  <DataList.ItemLabel>Head</DataList.ItemLabel>
                  <DataList.ItemValue className={classes.head}>
                    <Code>{data.head.hash.slice(0, 16)}</Code>
                    <CopyButton value={data.head.hash} label="Copy the head's hash" />
                  </DataList.ItemValue>
                </DataList.Item>
                <DataList.Item>
                  <DataList.ItemLabel>Checked</DataList.ItemLabel>
                  <DataList.ItemValue>
                    <RelativeTime at={new Date(verdict.dataUpdatedAt)} />
                  </DataList.ItemValue>
                </DataList.Item>
              </DataList>
            </>
          ) : null}
          <Button
            size="xs"
            variant="default"
            loading={verdict.isFetching}
            onClick={() => void verdict.refetch()}
          >
            Verify again
          </Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
