import { gzipSync } from "node:zlib";
import type { APIRequestContext, Page } from "@playwright/test";

/** By address: a script of a build never changes, and most pages share most of theirs. */
const sizes = new Map<string, Promise<number>>();

/**
 * Compressed bytes of the JavaScript that a page's HTML asks for by itself, what it loads once something is shown left out.
 * @param page or requests in its name
 * @param at path of the page
 */
export async function firstLoadBytes({ request }: Pick<Page, "request">, at: string): Promise<number> {
  const answer = await request.get(at);
  const document = await answer.text();
  const tags = [...document.matchAll(/<script[^>]+src="([^"]+\.js[^"]*)"[^>]*>/g)];
  // Browsers of the last eight years do not load what is marked for those without modules.
  const modern = tags.filter(([tag]) => !/nomodule/i.test(tag));
  const scripts = [...new Set(modern.map(([, src]) => src ?? ""))];
  if (!answer.ok() || scripts.length === 0)
    throw new Error(`${at} answered ${answer.status()} without scripts`);
  const all = scripts.map((src) => {
    const size = sizes.get(src) ?? sizeOf(request, src);
    sizes.set(src, size);
    return size;
  });
  return (await Promise.all(all)).reduce((sum, size) => sum + size, 0);
}

async function sizeOf(request: APIRequestContext, src: string): Promise<number> {
  return gzipSync(await (await request.get(src)).body(), { level: 6 }).length;
}
