import {
  IconApi,
  IconBrain,
  IconHistory,
  IconLayoutDashboard,
  IconPlug,
  IconRoute,
  IconSettings,
  IconShieldCheck,
  IconTable,
} from "@tabler/icons-react";
import type { Permission } from "#lib/access/schema.ts";

/** One place to go: where, its name, what may be needed to see it, and other words people look for it by. */
export type Place = {
  href: string;
  label: string;
  icon: typeof IconRoute;
  permission?: Permission;
  keywords: string[];
};

/** The navigation, in groups. */
export const places: { group: string | null; items: Place[] }[] = [
  {
    group: null,
    items: [
      { href: "/", label: "Overview", icon: IconLayoutDashboard, keywords: ["home", "start", "failing"] },
    ],
  },
  {
    group: "Data",
    items: [
      {
        href: "/data/sources",
        label: "Sources",
        icon: IconPlug,
        permission: "sources.read",
        keywords: ["connect", "database", "postgres", "mysql", "snowflake", "s3", "bucket", "new source"],
      },
      {
        href: "/data/pipelines",
        label: "Pipelines",
        icon: IconRoute,
        keywords: ["ir", "graph", "assistant"],
      },
      { href: "/data/runs", label: "Runs", icon: IconHistory, keywords: ["history", "progress", "ledger"] },
      { href: "/data/tables", label: "Tables", icon: IconTable, keywords: ["warehouse", "rows", "browse"] },
    ],
  },
  {
    group: "Agents",
    items: [
      {
        href: "/memory",
        label: "Memory",
        icon: IconBrain,
        permission: "memory.read",
        keywords: ["events", "tail", "agents", "sessions", "log"],
      },
    ],
  },
  {
    group: "Administration",
    items: [
      {
        href: "/audit",
        label: "Audit",
        icon: IconShieldCheck,
        permission: "audit.read",
        keywords: ["log", "who"],
      },
      {
        href: "/settings",
        label: "Settings",
        icon: IconSettings,
        permission: "settings.read",
        keywords: ["flags", "destinations", "keys", "members"],
      },
      { href: "/docs/api", label: "API", icon: IconApi, keywords: ["reference", "openapi", "curl"] },
    ],
  },
];

/** True if `href` is where the reader is, or above it. */
export function isCurrent(href: string, pathname: string): boolean {
  return href === "/" ? pathname === "/" : pathname === href || pathname.startsWith(`${href}/`);
}
