const names: Record<string, string> = {
  ROLE_ADMIN: "Admin",
  ROLE_DATA_ENGINEER: "Data engineer",
  ROLE_VIEWER: "Viewer",
  ROLE_AGENT: "Agent",
};

/** `ROLE_DATA_ENGINEER` → `Data engineer`. */
export function roleName(role: string): string {
  return names[role] ?? role;
}
