import { describe, expect, it } from "vitest";

import { aligned } from "./feed";

describe("values beside bars", () => {
  it("go where their times are, NaN where a bar has none", () => {
    expect([...aligned([10, 20, 40], [1, null, 4], [5, 10, 20, 30, 40])]).toEqual([NaN, 1, NaN, NaN, 4]);
    expect([...aligned([], [], [5])]).toEqual([NaN]);
  });
});
