import { describe, expect, it } from "vitest";

import type { Fill, Signal, Trade } from "../api/records";
import { happenings } from "./happenings";

describe("what happened", () => {
  it("is in the market's order, what follows above what it follows from", () => {
    const signal = { decision: 4, ts: 20, symbol: "A" } as Signal;
    const fill = { id: 9, ts: 20, symbol: "A", decision: 4 } as Fill;
    const trade = { decision: 1, entry_ts: 5, exit_ts: 20, symbol: "A" } as Trade;
    const old = { id: 1, ts: 3, symbol: "B", decision: null } as Fill;
    const list = happenings([signal], [old, fill], [trade], 3);
    expect(list.map(({ kind }) => kind)).toEqual(["closed", "fill", "decision"]);
    expect(list.map(({ address }) => address)).toEqual(["/trades?trade=1", "/trades?trade=4", "/trades?trade=4"]);
  });
});
