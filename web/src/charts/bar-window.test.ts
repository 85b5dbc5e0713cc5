import { describe, expect, it } from "vitest";

import type { Bars } from "../api/types";
import { BarWindow, lowerBound } from "./bar-window";

function bars(...ts: number[]): Bars {
  return {
    venue: "v",
    symbol: "S",
    timeframe: "1m",
    timeframe_ms: 10,
    simulated: false,
    more: false,
    ts,
    open: ts.map((t) => t + 0.1),
    high: ts.map((t) => t + 0.2),
    low: ts.map((t) => t),
    close: ts.map((t) => t + 0.1),
    volume: ts.map((t) => (t === 20 ? null : t)),
  };
}

describe("a window of bars", () => {
  it("grows at both ends and drops what overlaps", () => {
    const window = new BarWindow();
    expect(window.prepend(bars(30, 40))).toBe(2);
    expect(window.prepend(bars(10, 20, 30))).toBe(2);
    expect(window.append(bars(40, 50))).toBe(1);
    expect([...window.ts]).toEqual([10, 20, 30, 40, 50]);
    expect([...window.close]).toEqual([10.1, 20.1, 30.1, 40.1, 50.1]);
    expect(window.volume[1]).toBeNaN();
    expect([window.first, window.last]).toEqual([10, 50]);
  });

  it("finds the bar of an instant", () => {
    const window = new BarWindow();
    window.append(bars(10, 20, 40));
    expect([5, 10, 19, 20, 35, 40, 99].map((ms) => window.indexAt(ms))).toEqual([-1, 0, 0, 1, 1, 2, 2]);
  });

  it("is empty at first", () => {
    expect(new BarWindow().first).toBeNaN();
    expect(lowerBound([], 3)).toBe(0);
  });
});
