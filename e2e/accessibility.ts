import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";

/** WCAG 2.2, levels A and AA. */
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** The schemes in which every page is looked at. */
export const COLOR_SCHEMES = ["light", "dark"] as const;

/**
 * What is not accessible on a page, as rule and elements. The page is looked at from within, which is several times
 * faster than axe's usual way; that one is for frames of other origins, and we have none.
 */
export async function violationsOf(page: Page): Promise<string[]> {
  const axe = new AxeBuilder({ page })
    .options({ resultTypes: ["violations"] })
    .withTags(RULES)
    .setLegacyMode(true);
  const { violations } = await axe.analyze();
  return violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`,
  );
}

/** Has the page's user chosen this scheme before it is opened. */
export async function prefer(page: Page, scheme: (typeof COLOR_SCHEMES)[number]): Promise<void> {
  await page.addInitScript((value) => localStorage.setItem("mantine-color-scheme-value", value), scheme);
}
