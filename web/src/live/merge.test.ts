import { describe, expect, it } from "vitest";

import type { LiveBar } from "./messages";
import { mergeBars, merged, upsert } from "./merge";

const bar = (ts: number, close = ts): LiveBar => [ts, 1, 2, 0, close, 5];

describe("bars", () => {
  it("replaces the open one as it grows, adds the next, puts late ones in their place", () => {
    const known = [bar(10), bar(20)];
    expect(mergeBars(known, [bar(20, 21)])).toEqual([bar(10), bar(20, 21)]);
    expect(mergeBars(known, [bar(30), bar(15)])).toEqual([bar(10), bar(15), bar(20), bar(30)]);
    expect(known).toEqual([bar(10), bar(20)]);
    expect(mergeBars(known, [bar(30)], 2)).toEqual([bar(20), bar(30)]);
  });

  it("begins anew with another timeframe", () => {
    const next = merged(
      "bars",
      { timeframe: "15m", bars: [bar(10)], closed: false },
      { timeframe: "1h", bars: [bar(0)], closed: false },
    );
    expect(next.bars).toEqual([bar(0)]);
  });
});

describe("rows", () => {
  it("keeps one of each key, the newest first", () => {
    const rows = upsert(
      [
        { id: 1, ts: 1 },
        { id: 2, ts: 2 },
      ],
      [
        { id: 2, ts: 5 },
        { id: 3, ts: 3 },
      ],
      ({ id }) => id,
      ({ ts }) => ts,
      2,
    );
    expect(rows).toEqual([
      { id: 2, ts: 5 },
      { id: 3, ts: 3 },
    ]);
  });
});

describe("other topics", () => {
  it("prices change one by one", () => {
    const next = merged("prices", { prices: { A: [1, 10], B: [2, 10] } }, { prices: { B: [3, 20] } });
    expect(next.prices).toEqual({ A: [1, 10], B: [3, 20] });
  });

  it("a snapshot of rows is put in order", () => {
    const fills = [{ id: 1, ts: 1 } as never, { id: 2, ts: 2 } as never];
    expect(merged("fills", null, { fills }).fills).toEqual([
      { id: 2, ts: 2 },
      { id: 1, ts: 1 },
    ]);
  });

  it("what is sent whole replaces what was known", () => {
    expect(merged("positions", { positions: [{ symbol: "A" } as never] }, { positions: [] }).positions).toEqual([]);
  });
});
