import { AxeBuilder } from "@axe-core/playwright";
import { expect } from "./fixtures.ts";
import { open, pageNames, test } from "./pages.ts";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(`in ${colorScheme}`, () => {
    test.use({ colorScheme });

    for (const name of pageNames) {
      test(`${name} is accessible`, async ({ page, pages }) => {
        await page.addInitScript(
          (scheme) => localStorage.setItem("mantine-color-scheme-value", scheme),
          colorScheme,
        );
        await open(page, pages, name);
        await expect(page.locator("html")).toHaveAttribute("data-mantine-color-scheme", colorScheme);
        const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
        const found = violations.map(
          ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`,
        );
        expect(found).toEqual([]);
      });
    }
  });
}
