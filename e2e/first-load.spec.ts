import { firstLoadBytes } from "./first-load.ts";
import { expect } from "./fixtures.ts";
import { pageNames, test } from "./pages.ts";

/** Compressed JavaScript that a page may load before anybody has touched it. */
const FIRST_LOAD_MAX = 250_000;

for (const name of pageNames) {
  test(`${name} loads little JavaScript`, async ({ request, pages }) => {
    expect(await firstLoadBytes({ request }, pages[name] ?? "")).toBeLessThan(FIRST_LOAD_MAX);
  });
}
