"use client";
import { Group, Kbd, Modal, Stack, Table, Text, Title } from "@mantine/core";

const groups: { title: string; keys: [string[], string][] }[] = [
  {
    title: "Anywhere",
    keys: [
      [["⌘/Ctrl", "K"], "Search pages, sources, pipelines, runs and memories"],
      [["?"], "Show these shortcuts"],
      [["Esc"], "Close what is open"],
    ],
  },
  {
    title: "Pipelines and the assistant",
    keys: [
      [["⌘/Ctrl", "I"], "Open the assistant"],
      [["⌘/Ctrl", "Enter"], "Apply the open proposal"],
      [["J"], "Next change"],
      [["K"], "Previous change"],
      [["X"], "Take or leave the change"],
      [["Esc"], "Stop the attempt"],
    ],
  },
  {
    title: "Setting up a source",
    keys: [
      [["Enter"], "Send the message"],
      [["Shift", "Enter"], "Begin a new line"],
      [["↑", "↓"], "Along the streams"],
      [["Space"], "Tick the stream"],
    ],
  },
  {
    title: "In the live tail",
    keys: [
      [["↑", "↓"], "Along the events"],
      [["Enter"], "Open the event"],
    ],
  },
];

/** The list behind `?`. */
export function Shortcuts({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <Modal opened={opened} onClose={onClose} title="Keyboard shortcuts" size="md">
      <Stack gap="lg">
        {groups.map(({ title, keys }) => (
          <div key={title}>
            <Title order={3} fz="sm" mb={4}>
              {title}
            </Title>
            <Table>
              <Table.Tbody>
                {keys.map(([combination, meaning]) => (
                  <Table.Tr key={meaning}>
                    <Table.Td>
                      <Text fz="sm">{meaning}</Text>
                    </Table.Td>
                    <Table.Td>
                      <Group gap={4} justify="flex-end" wrap="nowrap">
                        {combination.map((key) => (
                          <Kbd key={key} size="xs">
                            {key}
                          </Kbd>
                        ))}
                      </Group>
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </div>
        ))}
      </Stack>
    </Modal>
  );
}
