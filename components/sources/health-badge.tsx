import { Badge } from "@mantine/core";
import { IconCircleCheck, IconCircleDashed, IconCircleX } from "@tabler/icons-react";
import type { SourceHealth } from "#lib/sources/schema.ts";

/** What the last check of a source found, in a word, a shape and a colour. */
export function HealthBadge({ health, size = "md" }: { health: SourceHealth | null; size?: "sm" | "md" }) {
  const [label, color, Icon] = look(health);
  return (
    <Badge color={color} size={size} leftSection={<Icon size={12} stroke={2.2} aria-hidden />}>
      {label}
    </Badge>
  );
}

function look(health: SourceHealth | null): [string, string, typeof IconCircleCheck] {
  if (!health) return ["Not tested", "gray", IconCircleDashed];
  return health.ok ? ["Works", "green", IconCircleCheck] : ["Does not work", "red", IconCircleX];
}
