import { Alert, Code, List, Stack, Text, Title } from "@mantine/core";
import { formatMoment, formatNumber } from "#components/ui/format.ts";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import type { ArrivalState } from "#lib/runs/schema.ts";

/** What a schedule that waits for files has seen, and when it looks next. */
export function ScheduleArrival({ arrival, enabled }: { arrival: ArrivalState; enabled: boolean }) {
  const { place, lookedAt, nextLookAt, deadlineAt, moving, last, problem } = arrival;
  return (
    <Stack gap="md">
      {problem && (
        <Alert color="yellow" title="The last look found out nothing">
          {problem.message}
        </Alert>
      )}
      <div>
        <Title order={3} mb={4}>
          {enabled ? "Next look" : "It does not look"}
        </Title>
        <Stack gap={4}>
          {enabled && (
            <Text fz="sm" component="div">
              <RelativeTime at={nextLookAt} fallback="not set" />
              {place && (
                <>
                  {" "}
                  for <Code style={{ overflowWrap: "anywhere", whiteSpace: "normal" }}>{place}</Code>
                </>
              )}
            </Text>
          )}
          {moving > 0 && (
            <Text fz="sm" component="div">
              {moving === 1 ? "1 file is" : `${formatNumber(moving)} files are`} new or still changing.
              Unchanged at the next look, {moving === 1 ? "it has" : "they have"} arrived.
            </Text>
          )}
          {enabled && deadlineAt && (
            <Text fz="sm" component="div">
              A file has to be there by {formatMoment(Date.parse(deadlineAt))}
            </Text>
          )}
          <Text fz="sm" c="dimmed" component="div">
            Last look: <RelativeTime at={lookedAt} fallback="none yet" />
          </Text>
        </Stack>
      </div>
      <div>
        <Title order={3} mb={4}>
          Last arrival
        </Title>
        {last ? (
          <Stack gap={4}>
            <Text fz="sm" component="div">
              {last.count === 1 ? "1 file" : `${formatNumber(last.count)} files`},{" "}
              <RelativeTime at={last.at} />
            </Text>
            <List size="sm" spacing={2} listStyleType="none" aria-label="Files of the last arrival">
              {last.files.map((file) => (
                <List.Item key={file.path} style={{ overflowWrap: "anywhere" }}>
                  {file.path}{" "}
                  <Text span c="dimmed" inherit>
                    {formatNumber(file.bytes)} bytes, changed {formatMoment(Date.parse(file.modifiedAt))}
                  </Text>
                </List.Item>
              ))}
              {last.count > last.files.length && (
                <List.Item>
                  <Text span c="dimmed" inherit>
                    and {formatNumber(last.count - last.files.length)} more
                  </Text>
                </List.Item>
              )}
            </List>
          </Stack>
        ) : (
          <Text fz="sm" c="dimmed">
            None yet
          </Text>
        )}
      </div>
    </Stack>
  );
}
