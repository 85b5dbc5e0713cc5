import { describe, expect, it } from "vitest";

import type { RunEntry } from "../api/types";
import { figureColumns, returnOf, sortRuns, symbolsText } from "./run-table";

function run(id: string, created_at: number, figures: Record<string, number | null>): RunEntry {
  return {
    id,
    kind: "backtest",
    created_at,
    title: id,
    strategy: null,
    timeframe: "1h",
    symbols: [],
    simulated: false,
    partial: false,
    code_version: "",
    headline: Object.entries(figures).map(([label, value]) => ({ label, value, unit: "%", text: null })),
  };
}

const runs = [run("a", 1, { return: 5, trades: 3 }), run("b", 2, { return: null }), run("c", 3, { return: -2 })];
const ids = (list: RunEntry[]): string => list.map(({ id }) => id).join("");

describe("the table of runs", () => {
  it("has a column for every figure, the most frequent first", () => {
    expect(figureColumns(runs)).toEqual(["return", "trades"]);
  });

  it("sorts by any column and puts what is not known last either way", () => {
    expect(ids(sortRuns(runs, "return", "desc"))).toBe("acb");
    expect(ids(sortRuns(runs, "return", "asc"))).toBe("cab");
    expect(ids(sortRuns(runs, "when", "desc"))).toBe("cba");
    expect(ids(sortRuns(runs, "title", "asc"))).toBe("abc");
    expect(ids(sortRuns(runs, "no such column", "asc"))).toBe("cba");
  });

  it("knows what a run made, whatever its kind calls it", () => {
    expect(returnOf(run("a", 1, { trades: 3, "median return": 5 }))?.value).toBe(5);
    expect(returnOf(run("a", 1, { trades: 3, returned: 5 }))).toBeUndefined();
  });

  it("names the first symbols", () => {
    expect(symbolsText([])).toBe("—");
    expect(symbolsText(["A", "B"])).toBe("A, B");
    expect(symbolsText(["A", "B", "C", "D"])).toBe("A and 3 more");
  });
});
