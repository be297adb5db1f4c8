import { describe, expect, it } from "vitest";
import { fillVolume } from "./fill-volume.ts";

const now = Date.parse("2026-11-21T10:30:20Z");

describe("fillVolume", () => {
  it("has a bar for every minute, the one that is not over included", () => {
    const points = [{ at: "2026-11-21T10:29:00.000Z", events: 7 }];
    const bars = fillVolume({ bucket: "minute", points }, 1, now);
    expect(bars).toHaveLength(60);
    expect(bars.at(-1)).toEqual({ at: Date.parse("2026-11-21T10:30:00Z"), events: 0 });
    expect(bars.at(-2)?.events).toBe(7);
    expect(bars.reduce((sum, bar) => sum + bar.events, 0)).toBe(7);
  });

  it("counts by hours over a day", () => {
    const points = [{ at: "2026-11-21T10:00:00.000Z", events: 3 }];
    const bars = fillVolume({ bucket: "hour", points }, 24, now);
    expect(bars).toHaveLength(24);
    expect(bars.at(-1)?.events).toBe(3);
  });

  it("keeps what a server ahead of the reader's clock says", () => {
    const points = [{ at: "2026-11-21T10:31:00.000Z", events: 2 }];
    expect(fillVolume({ bucket: "minute", points }, 1, now).at(-1)?.events).toBe(2);
  });
});
