import { describe, expect, it } from "vitest";

import { askedText, formatAsked, parseAsked } from "./asked";

describe("indicators in an address", () => {
  it("reads what it writes", () => {
    const text = "ema:period=21;rsi;pivot_points:anchor=day,method=fibonacci;psar:step=0.02";
    expect(formatAsked(parseAsked(text))).toBe(text);
  });

  it("keeps two of a kind with different parameters, drops true doubles", () => {
    expect(parseAsked("ema:period=21;ema:period=50;ema:period=21")).toEqual([
      { name: "ema", params: { period: "21" } },
      { name: "ema", params: { period: "50" } },
    ]);
  });

  it("leaves out what is malformed", () => {
    expect(parseAsked("")).toEqual([]);
    expect(parseAsked("<script>;;rsi:period=;ema:period=9,=3")).toEqual([
      { name: "rsi", params: {} },
      { name: "ema", params: { period: "9" } },
    ]);
  });

  it("writes parameters in order, so that equal requests are equal texts", () => {
    expect(askedText({ name: "macd", params: { slow: "26", fast: "12" } })).toBe("macd:fast=12,slow=26");
  });
});
