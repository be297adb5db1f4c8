const formatters = new Map<string, Intl.DateTimeFormat | undefined>();

function formatterOf(timezone: string): Intl.DateTimeFormat | undefined {
  if (!formatters.has(timezone)) {
    let formatter: Intl.DateTimeFormat | undefined;
    try {
      formatter = new Intl.DateTimeFormat("en-US", {
        timeZone: timezone,
        hourCycle: "h23",
        year: "numeric",
        month: "numeric",
        day: "numeric",
        hour: "numeric",
        minute: "numeric",
        second: "numeric",
      });
    } catch {
      formatter = undefined;
    }
    if (formatters.size > 1000) formatters.clear();
    formatters.set(timezone, formatter);
  }
  return formatters.get(timezone);
}

/** True for a zone of the IANA database (UTC included); offsets such as +02:00 are refused. */
export function isTimezone(timezone: string): boolean {
  return /^[A-Za-z]/.test(timezone) && formatterOf(timezone) !== undefined;
}

/** The wall clock of a zone at an instant, as a Date whose UTC fields carry it. */
export function toWallClock(instant: Date, timezone: string): Date {
  const parts = Object.fromEntries(
    formatterOf(timezone)
      ?.formatToParts(instant)
      .map((part) => [part.type, Number(part.value)]) ?? [],
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return new Date(Date.UTC(year, month - 1, day, hour, minute, second));
}

/** The instant of a wall clock: the first one where it occurs twice; moved forward where it is skipped. */
export function fromWallClock(wall: Date, timezone: string): Date {
  const offsetAt = (instant: number): number =>
    toWallClock(new Date(instant), timezone).getTime() - Math.floor(instant / 1000) * 1000;
  const day = 86_400_000;
  const candidates = [
    wall.getTime() - offsetAt(wall.getTime() - day),
    wall.getTime() - offsetAt(wall.getTime() + day),
  ];
  const exact = candidates
    .filter((instant) => toWallClock(new Date(instant), timezone).getTime() === wall.getTime())
    .sort((a, b) => a - b);
  return new Date(exact[0] ?? candidates[0] ?? wall.getTime());
}
