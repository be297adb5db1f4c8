/** What a page that lists a folder links to, directly below it. */
export type PageEntry = { name: string; folder: boolean };

/** A link's tag, bounded: a page may be made to take long. */
const TAG = /<a\s[^<>]{0,4096}/gi;
const HREF = /\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"']+))/i;
const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/**
 * The files and folders that a listing page (as nginx, Apache and others write them) links to. Only what lies directly
 * below the page's own folder counts: no other site, nothing above, no links that sort the page anew.
 * @param page its address after all redirects.
 */
export function pageEntries(html: string, page: string): PageEntry[] {
  const base = new URL(page);
  const folder = base.pathname.slice(0, base.pathname.lastIndexOf("/") + 1);
  const found = new Map<string, PageEntry>();
  for (const [tag] of html.matchAll(TAG)) {
    const [, double, single, bare] = HREF.exec(tag) ?? [];
    const entry = entryOf(decoded(double ?? single ?? bare ?? ""), base, folder);
    if (entry) found.set(`${entry.name}${entry.folder ? "/" : ""}`, entry);
  }
  return [...found.values()];
}

function entryOf(href: string, base: URL, folder: string): PageEntry | undefined {
  if (href === "" || !URL.canParse(href, base)) return undefined;
  const target = new URL(href, base);
  if (target.origin !== base.origin || target.search !== "" || target.hash !== "") return undefined;
  if (!target.pathname.startsWith(folder)) return undefined;
  const below = target.pathname.slice(folder.length);
  const isFolder = below.endsWith("/");
  const name = nameOfSegment(isFolder ? below.slice(0, -1) : below);
  return name === undefined ? undefined : { name, folder: isFolder };
}

/** A segment of an address as a name; undefined if it is none, or would lead elsewhere once it is decoded. */
function nameOfSegment(segment: string): string | undefined {
  if (segment === "" || segment.includes("/")) return undefined;
  try {
    const name = decodeURIComponent(segment);
    return name === "." || name === ".." || /[/\\\0]/.test(name) ? undefined : name;
  } catch {
    return undefined;
  }
}

function decoded(text: string): string {
  return text.trim().replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]+));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[name.toLowerCase()] ?? whole;
    const point = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}
