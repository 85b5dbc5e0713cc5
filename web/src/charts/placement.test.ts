import { describe, expect, it } from "vitest";

import { drawingOf, drawnBack, placementOf } from "./placement";

describe("where indicators go", () => {
  it("puts averages and bands on the price, oscillators and unknown ones below", () => {
    expect(["ema", "bollinger_bands", "psar", "rsi", "brand_new"].map((name) => placementOf(name).pane)).toEqual([
      "price",
      "price",
      "price",
      "own",
      "own",
    ]);
  });

  it("draws outputs as their readers know them", () => {
    expect(drawingOf("macd", "hist")).toBe("histogram");
    expect(drawingOf("psar", "sar")).toBe("dots");
    expect(drawingOf("supertrend", "direction")).toBe("none");
    expect(drawingOf("ema", "ema")).toBe("line");
  });

  it("draws the lagging span back, and nothing else", () => {
    const params = { displacement: 26 };
    expect(drawnBack("ichimoku", "chikou_span", params)).toBe(26);
    expect(drawnBack("ichimoku", "senkou_span_a", params)).toBe(0);
    expect(drawnBack("ichimoku", "chikou_span", {})).toBe(0);
  });
});
