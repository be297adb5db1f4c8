let byCity: Map<string, string[]> | undefined;

/** The IANA zone that a text names: itself ("Europe/Berlin"), UTC, or by its city ("Berlin", "new york"). */
export function zoneOf(text: string): string | undefined {
  const plain = text.trim().toLowerCase().replace(/\s+/g, "_");
  if (plain === "utc" || plain === "gmt") return "UTC";
  byCity ??= zonesByCity();
  const found = byCity.get(plain) ?? [];
  return found.length === 1 ? found[0] : undefined;
}

function zonesByCity(): Map<string, string[]> {
  const map = new Map<string, string[]>();
  const add = (key: string, zone: string) => map.set(key, [...(map.get(key) ?? []), zone]);
  for (const zone of Intl.supportedValuesOf("timeZone")) {
    if (!zone.includes("/")) continue;
    add(zone.toLowerCase(), zone);
    add(zone.toLowerCase().split("/").at(-1) ?? "", zone);
  }
  return map;
}
