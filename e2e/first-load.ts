import { gzipSync } from "node:zlib";
import type { Page } from "@playwright/test";

/**
 * Compressed bytes of the JavaScript that a page's HTML asks for by itself, what it loads once something is shown left out.
 * @param at path of the page; the page's session is used
 */
export async function firstLoadBytes(page: Page, at: string): Promise<number> {
  const answer = await page.request.get(at);
  const document = await answer.text();
  const sources = [...document.matchAll(/<script[^>]+src="([^"]+\.js[^"]*)"/g)].map(([, src]) => src ?? "");
  const scripts = [...new Set(sources)];
  if (!answer.ok() || scripts.length === 0)
    throw new Error(`${at} answered ${answer.status()} without scripts`);
  const sizes = await Promise.all(
    scripts.map(async (src) => gzipSync(await (await page.request.get(src)).body(), { level: 6 }).length),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
