import { gzipSync } from "node:zlib";
import { expect } from "./fixtures.ts";
import { open, pageNames, test } from "./pages.ts";

/** Compressed JavaScript that a page may load before anybody has touched it. */
const FIRST_LOAD_MAX = 250_000;

for (const name of pageNames) {
  test(`${name} loads little JavaScript`, async ({ page, pages }) => {
    const html = page.waitForResponse((response) => response.url().endsWith(pages[name] ?? ""));
    await open(page, pages, name);
    const document = await (await html).text();
    const scripts = [
      ...new Set([...document.matchAll(/<script[^>]+src="([^"]+\.js[^"]*)"/g)].map(([, src]) => src ?? "")),
    ];
    expect(scripts.length).toBeGreaterThan(0);
    const sizes = await Promise.all(
      scripts.map(async (src) => gzipSync(await (await page.request.get(src)).body(), { level: 9 }).length),
    );
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    test.info().annotations.push({ type: "first load", description: `${bytes} bytes` });
    expect(bytes).toBeLessThan(FIRST_LOAD_MAX);
  });
}
