import { expect } from "./fixtures.ts";
import { open, pageNames, test } from "./pages.ts";

for (const name of pageNames) {
  test(`${name} opens without a complaint of the browser`, async ({ page, pages, complaints }) => {
    await open(page, pages, name);
    expect(complaints).toEqual([]);
  });
}

test("every page is sent with a policy that names its scripts by nonce", async ({ page, pages }) => {
  for (const at of [...Object.values(pages), "/sign-in"]) {
    const response = await page.goto(at);
    const policy = response?.headers()["content-security-policy"] ?? "";
    expect(policy, at).toMatch(/script-src[^;]*'nonce-/);
    expect(policy, at).not.toMatch(/script-src[^;]*'unsafe-(inline|eval)'/);
    expect(policy, at).toContain("frame-ancestors 'none'");
    expect(response?.headers()["x-powered-by"]).toBeUndefined();
  }
});
