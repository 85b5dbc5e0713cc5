import { describe, expect, it } from "vitest";

import { rowsInView } from "./window";

describe("rows in view", () => {
  it("are those of the view with some to spare, and the room of the others adds up", () => {
    const rows = rowsInView(10_000, 34, 34_000, 680);
    expect(rows).toMatchObject({ from: 988, to: 1_032 });
    expect(rows.before + (rows.to - rows.from) * 34 + rows.after).toBe(340_000);
  });

  it("stay within the list", () => {
    expect(rowsInView(5, 34, 0, 680)).toEqual({ from: 0, to: 5, before: 0, after: 0 });
    expect(rowsInView(0, 34, 900, 680)).toEqual({ from: 0, to: 0, before: 0, after: 0 });
  });
});
