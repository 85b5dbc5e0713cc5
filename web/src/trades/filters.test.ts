import { describe, expect, it } from "vitest";

import { nextSort, readFilters, sortOf } from "./filters";

describe("filters of trades", () => {
  it("come from the address, nonsense left out", () => {
    expect(readFilters({ symbol: "A", side: "up", result: "win", confidence: "70", sort: "pnl" }, null)).toEqual({
      symbol: "A",
      side: "",
      result: "win",
      confidence: 0.7,
      from: undefined,
      to: undefined,
      sort: "pnl",
    });
    expect(readFilters({ confidence: "700", sort: "drop table" }, null)).toMatchObject({
      confidence: undefined,
      sort: "-closed_at",
    });
  });

  it("spans go back from the market's clock, days are whole", () => {
    expect(readFilters({ span: "day" }, 100_000_123_456).from).toBe(100_000_080_000 - 86_400_000);
    expect(readFilters({ from: "1970-01-02", to: "1970-01-02" }, 0)).toMatchObject({
      from: 86_400_000,
      to: 172_800_000,
    });
    expect(readFilters({ span: "day" }, null).from).toBeUndefined();
  });

  it("a column sorts the useful way first", () => {
    expect(nextSort("-closed_at", "pnl")).toBe("-pnl");
    expect(nextSort("-pnl", "pnl")).toBe("pnl");
    expect(nextSort("-pnl", "symbol")).toBe("symbol");
    expect(sortOf("-pnl", "pnl")).toBe("descending");
    expect(sortOf("pnl", "confidence")).toBe("none");
  });
});
