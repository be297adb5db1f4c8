const WORDS: Record<string, string> = {
  private: "Private: its agent's own keys and administrators",
  workspace: "Workspace: members of its workspace",
  shared: "Shared: everyone in the tenant",
  tenant: "Tenant: everyone in the tenant",
  audit: "Audit: administrators",
};

/** Who may see a memory, in words; an unknown word counts as private, as the server has it. */
export function visibilityWords(visibility: string): string {
  return WORDS[visibility] ?? `${visibility || "Not given"}: counts as private`;
}
