import { describe, expect, it } from "vitest";

import { find, match } from "./find";

const series = ["binance_um BTCUSDT 1h", "binance_um BTCUSDT 15m", "binance_um WBTCUSDT 1h", "us SPY 1d"];

describe("finding", () => {
  it("wants every word, in any order and case", () => {
    expect(find("btc 15", series, String)).toEqual(["binance_um BTCUSDT 15m"]);
    expect(find("1D spy", series, String)).toEqual(["us SPY 1d"]);
    expect(find("nothing", series, String)).toEqual([]);
  });

  it("puts beginnings of words first", () => {
    expect(find("btcusdt 1h", series, String)[0]).toBe("binance_um BTCUSDT 1h");
    expect(match("btc", "BTCUSDT") ?? 0).toBeGreaterThan(match("btc", "WBTCUSDT") ?? 0);
  });

  it("gives all for an empty query, up to the most", () => {
    expect(find("  ", series, String, 2)).toEqual(series.slice(0, 2));
  });
});
