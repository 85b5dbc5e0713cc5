import { describe, expect, it } from "vitest";

import { parsePath, parseSearch, pathOf, searchText } from "./route";

describe("paths", () => {
  it("finds the page of every path it writes", () => {
    for (const path of [
      "/",
      "/charts",
      "/charts/binance_um/BTCUSDT/1h",
      "/runs",
      "/runs/3fa9c0ffee12",
      "/jobs",
      "/trades",
      "/system",
    ]) {
      expect(pathOf(parsePath(path))).toBe(path);
    }
  });

  it("escapes names that would break a path", () => {
    const route = { page: "charts", series: { venue: "fx", symbol: "EUR/USD", timeframe: "1h" } } as const;
    expect(pathOf(route)).toBe("/charts/fx/EUR%2FUSD/1h");
    expect(parsePath(pathOf(route))).toEqual(route);
  });

  it("does not guess", () => {
    expect(parsePath("/charts/binance_um").page).toBe("missing");
    expect(parsePath("/nowhere").page).toBe("missing");
    expect(parsePath("/charts/a/b/c/d").page).toBe("missing");
    expect(parsePath("/runs/%E0%A4%A")).toEqual({ page: "run", id: "%E0%A4%A" });
  });

  it("ignores a slash at the end", () => {
    expect(parsePath("/runs/")).toEqual({ page: "runs" });
  });
});

describe("search strings", () => {
  it("stay readable and come back", () => {
    const values = { ind: "ema:period=21;rsi", q: "a b&c" };
    const text = searchText(values);
    expect(text).toBe("?ind=ema:period=21;rsi&q=a+b%26c");
    expect(parseSearch(text)).toEqual(values);
  });

  it("leave out what is empty", () => {
    expect(searchText({ ind: "", q: "" })).toBe("");
  });
});
