import { describe, expect, it } from "vitest";
import { ROLES } from "../context.ts";
import { knownRoles, permissions } from "./permissions.ts";
import { can, requirePermission } from "./require-permission.ts";
import { PERMISSIONS } from "./schema.ts";

describe("permissions", () => {
  it("gives an administrator everything, and each permission to someone", () => {
    for (const permission of PERMISSIONS) expect(can({ roles: ["ROLE_ADMIN"] }, permission)).toBe(true);
  });

  it("lets a viewer change nothing and see no audit, keys or members", () => {
    const viewer = [...permissions.ROLE_VIEWER];
    expect(viewer.every((permission) => permission.endsWith(".read"))).toBe(true);
    expect(viewer).not.toContain("audit.read");
  });

  it("gives an engineer no administration", () => {
    for (const permission of [
      "settings.write",
      "members.manage",
      "keys.manage",
      "audit.read",
      "memory.erase",
    ] as const)
      expect(can({ roles: ["ROLE_DATA_ENGINEER", "ROLE_VIEWER", "ROLE_AGENT"] }, permission)).toBe(false);
  });

  it("refuses a caller without roles with the agreed sentence", () => {
    expect(() => requirePermission({ roles: [] }, "pipelines.read")).toThrow(
      "You don't have permission. Contact your administrator.",
    );
  });

  it("drops unknown role names and keeps each known one once", () => {
    expect(knownRoles(["ROLE_VIEWER", "ROLE_ROOT", "ROLE_ADMIN", "ROLE_VIEWER", "constructor"])).toEqual([
      "ROLE_ADMIN",
      "ROLE_VIEWER",
    ]);
    expect(knownRoles(ROLES)).toEqual([...ROLES]);
  });
});
