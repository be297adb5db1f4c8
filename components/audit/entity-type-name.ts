/** What each type of entity is called on the page. */
export const ENTITY_TYPES: Record<string, string> = {
  pipeline: "Pipeline",
  pipeline_ai_proposal: "Proposal",
  run: "Run",
  quarantine: "Quarantine",
  destination: "Destination",
  tenant: "Tenant",
  tenant_setting: "Setting",
  member: "Member",
  user: "Person",
  api_key: "Key",
  memory: "Memory",
  agent: "Agent",
  session: "Session",
};

/** `pipeline_ai_proposal` → `Proposal`. */
export function entityTypeName(type: string): string {
  return ENTITY_TYPES[type] ?? type.replaceAll("_", " ");
}
