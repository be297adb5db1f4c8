import { COLOR_SCHEMES, prefer, violationsOf } from "./accessibility.ts";
import { expect } from "./fixtures.ts";
import { open, pageNames, test } from "./pages.ts";

for (const colorScheme of COLOR_SCHEMES) {
  test.describe(`in ${colorScheme}`, () => {
    test.use({ colorScheme });

    for (const name of pageNames) {
      test(`${name} opens without a complaint of the browser, and is accessible`, async ({
        page,
        pages,
        complaints,
      }) => {
        await prefer(page, colorScheme);
        await open(page, pages, name);
        await expect(page.locator("html")).toHaveAttribute("data-mantine-color-scheme", colorScheme);
        expect(complaints).toEqual([]);
        expect(await violationsOf(page)).toEqual([]);
      });
    }
  });
}

test("every page is sent with a policy that names its scripts by nonce", async ({ pages, request }) => {
  for (const at of [...Object.values(pages), "/sign-in"]) {
    const response = await request.get(at, { headers: { accept: "text/html" } });
    const headers = response.headers();
    const policy = headers["content-security-policy"] ?? "";
    expect(policy, at).toMatch(/script-src[^;]*'nonce-/);
    expect(policy, at).not.toMatch(/script-src[^;]*'unsafe-(inline|eval)'/);
    expect(policy, at).toContain("frame-ancestors 'none'");
    expect(headers["x-powered-by"]).toBeUndefined();
  }
});
