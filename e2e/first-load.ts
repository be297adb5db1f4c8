import { gzipSync } from "node:zlib";
import type { Page } from "@playwright/test";

/**
 * Compressed bytes of the JavaScript that a page's HTML asks for by itself, what it loads once something is shown left out.
 * @param at path of the page; the page's session is used
 */
export async function firstLoadBytes(page: Page, at: string): Promise<number> {
  const answer = await page.request.get(at);
  const document = await answer.text();
  const tags = [...document.matchAll(/<script[^>]+src="([^"]+\.js[^"]*)"[^>]*>/g)];
  // Browsers of the last eight years do not load what is marked for those without modules.
  const modern = tags.filter(([tag]) => !/nomodule/i.test(tag));
  const scripts = [...new Set(modern.map(([, src]) => src ?? ""))];
  if (!answer.ok() || scripts.length === 0)
    throw new Error(`${at} answered ${answer.status()} without scripts`);
  const sizes = await Promise.all(
    scripts.map(async (src) => gzipSync(await (await page.request.get(src)).body(), { level: 6 }).length),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
