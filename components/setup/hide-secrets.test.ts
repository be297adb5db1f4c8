import { describe, expect, it } from "vitest";
import { hideSecrets } from "./hide-secrets.ts";

const CANARY = "c4n4ry-5ecret";

describe("hideSecrets", () => {
  it.each([
    `postgres://me:${CANARY}@db/shop`,
    `host=db password=${CANARY} port=5432`,
    `the password is ${CANARY}`,
    `password "${CANARY} with spaces"`,
    `change the password to ${CANARY}`,
    `secret_access_key: ${CANARY}`,
    `-----BEGIN PRIVATE KEY-----\n${CANARY}\n-----END PRIVATE KEY-----`,
    `-----BEGIN PRIVATE KEY-----\n${CANARY}`,
  ])("hides the secret of %s", (text) => {
    expect(hideSecrets(text)).not.toContain(CANARY);
  });

  it("leaves the rest as it was said", () => {
    expect(hideSecrets("host db.example.com, port 5433, database shop")).toBe(
      "host db.example.com, port 5433, database shop",
    );
    expect(hideSecrets(`postgres://me:${CANARY}@db:5432/shop`)).toBe("postgres://me:***@db:5432/shop");
  });
});
