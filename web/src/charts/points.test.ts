import { describe, expect, it } from "vitest";

import { drawable } from "./points";

describe("points of a line", () => {
  it("are one a second, the last of each, ascending", () => {
    expect(drawable([1_000, 1_200, 2_000, 1_000, 3_000])).toEqual([1, 2, 4]);
    expect(drawable([])).toEqual([]);
  });
});
