import type { Db } from "#lib/db.ts";

const LONGEST = 63;

/** A name for documents, made of a title, that no source of the tenant has: "Shop, live" → `shop-live`, `shop-live-2`. */
export async function freeName(db: Pick<Db, "source">, tenantId: string, title: string): Promise<string> {
  const plain = title
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+|-+$/g, "");
  const base = (plain || "source").slice(0, LONGEST - 5).replace(/-+$/, "");
  const taken = await db.source.findMany({
    where: { tenantId, name: { startsWith: base } },
    select: { name: true },
  });
  const names = new Set(taken.map(({ name }) => name));
  let name = base;
  for (let count = 2; names.has(name); count++) name = `${base}-${count}`;
  return name;
}
