import { describe, expect, it } from "vitest";

import { type FigureRow, figureTables, figureText, usedColumns } from "./run-figures";

const figureRows = (run: Record<string, unknown>): FigureRow[] => figureTables(run).flatMap(({ rows }) => rows);

const backtest = {
  series: [
    {
      key: { venue: "binance_um", symbol: "ADAUSDT", timeframe: "1h" },
      outcome: "tested",
      summary: {
        bars: 26280,
        buy_and_hold_pct: 227.18,
        metrics: { total_return: -0.2269, sharpe: null, total_trades: 291 },
      },
    },
    { key: { venue: "binance_um", symbol: "NEW", timeframe: "1h" }, outcome: "failed", reason: "too few bars" },
  ],
};

describe("the figures of a run", () => {
  it("reads tested series, and says why others have none", () => {
    const rows = figureRows(backtest);
    expect(rows.map(({ label, reason }) => [label, reason])).toEqual([
      ["ADAUSDT 1h", null],
      ["NEW 1h", "failed: too few bars"],
    ]);
    expect(rows[0]?.values["buy_and_hold"]).toBeCloseTo(2.2718);
  });

  it("shows only columns that have values", () => {
    const keys = usedColumns(figureRows(backtest), false).map(({ key }) => key);
    expect(keys).toEqual(["total_return", "buy_and_hold", "total_trades"]);
  });

  it("reads the rows of a comparison", () => {
    const rows = figureRows({ rows: [{ label: "fast", run: "3fa9", figures: { trades: 4, sharpe: 1.2 } }] });
    expect(rows[0]).toMatchObject({ label: "fast", run: "3fa9", values: { total_trades: 4, sharpe: 1.2 } });
  });

  it("reads the best of a search, on searched and on held-out bars", () => {
    const key = { venue: "v", symbol: "BTC", timeframe: "1h" };
    const best = { series: [{ key, searched: { sharpe: 0.7 }, held_out: { sharpe: -1.3 } }] };
    expect(
      figureRows({ best, series: [{ key, bars: 3 }] }).map(({ label, values }) => [label, values["sharpe"]]),
    ).toEqual([
      ["BTC 1h, searched", 0.7],
      ["BTC 1h, held out", -1.3],
    ]);
  });

  it("reads a portfolio and its sleeves", () => {
    const sleeves = [{ name: "BTC", average_weight: 0.5, contribution: -3, capital: [] }];
    const rows = figureRows({ result: { metrics: { total_return: 0.1 }, sleeves } });
    expect(rows.map(({ label }) => label)).toEqual(["Portfolio", "BTC"]);
    expect(rows[1]?.values).toEqual({ average_weight: 0.5, contribution: -3 });
  });

  it("has no rows where the shape is another", () => {
    expect(figureRows({ series: [{ key: {}, bars: 3 }], trials: [] })).toEqual([]);
  });

  it("writes fractions as percent", () => {
    expect(figureText(-0.2269, "change")).toMatch(/^−22[.,]69 %$/);
    expect(figureText(null, "share")).toBe("—");
  });
});
