import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

/** WCAG 2.2, levels A and AA. */
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** The schemes in which every page is looked at. */
export const COLOR_SCHEMES = ["light", "dark"] as const;
type Scheme = (typeof COLOR_SCHEMES)[number];

/** Where the browser keeps the scheme that its user has chosen. */
const KEPT = "mantine-color-scheme-value";

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
  const found: string[] = [];
  for (const { id, nodes } of violations) {
    const fading =
      id === "color-contrast"
        ? await fadingOf(
            page,
            nodes.map(({ target }) => String(target)),
          )
        : [];
    const html = nodes.filter((_, at) => !fading[at]).map((node) => node.html.slice(0, 160));
    if (html.length > 0) found.push(`${id}: ${html.join(" | ")}`);
  }
  return found;
}

/** Which elements are fading or gone: a message that leaves by itself while the page is looked at has no colours of its own. */
function fadingOf(page: Page, selectors: string[]): Promise<boolean[]> {
  return page.evaluate((each) => {
    const passing = document
      .getAnimations()
      .filter((one) => one.effect?.getTiming().iterations !== Infinity)
      .map(({ effect }) => (effect as KeyframeEffect | null)?.target);
    return each.map((selector) => {
      const element = document.querySelector(selector);
      const visible = element?.checkVisibility({ opacityProperty: true }) ?? false;
      return !visible || passing.some((one) => one?.contains(element));
    });
  }, selectors);
}

/** {@link violationsOf} a page as it stands, in each scheme. */
export async function violationsInEachScheme(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const scheme of COLOR_SCHEMES) {
    await turn(page, scheme);
    found.push(...(await violationsOf(page)).map((one) => `${scheme}, ${one}`));
  }
  return found;
}

/** Has the page's user chosen this scheme before it is opened. */
export async function prefer(page: Page, scheme: Scheme): Promise<void> {
  await page.addInitScript(([key, value]) => localStorage.setItem(key, value), [KEPT, scheme] as const);
}

/** Has the user choose a scheme in another window, and waits until this one has followed. */
async function turn(page: Page, scheme: Scheme): Promise<void> {
  await page.evaluate(
    ([key, newValue]) => {
      localStorage.setItem(key, newValue);
      window.dispatchEvent(new StorageEvent("storage", { key, newValue, storageArea: localStorage }));
    },
    [KEPT, scheme] as const,
  );
  await expect(page.locator("html")).toHaveAttribute("data-mantine-color-scheme", scheme);
  await page.evaluate(async () => {
    const passing = document.getAnimations().filter((one) => one.effect?.getTiming().iterations !== Infinity);
    await Promise.allSettled(passing.map(({ finished }) => finished));
  });
}
