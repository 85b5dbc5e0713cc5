import { describe, expect, it } from "vitest";

import { BY_SIGN, colourIndexes } from "./palette";

describe("colours of outputs", () => {
  it("come in turn, after those that are taken; the edges of a band share one", () => {
    expect(colourIndexes(["upper", "mid", "lower"], 1, () => false)).toEqual([1, 2, 1]);
    expect(colourIndexes(["hist", "line", "signal"], 0, (output) => output === "hist")).toEqual([BY_SIGN, 0, 1]);
  });
});
