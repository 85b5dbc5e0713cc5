import { describe, expect, it } from "vitest";

import type { Param } from "../api/types";
import { changedParams, paramTrouble } from "./param-check";

const period: Param = { name: "period", kind: "int", default: 14, min: 2, max: 10000, options: null, doc: "" };
const step: Param = { name: "step", kind: "float", default: 0.02, min: 0.0001, max: 1, options: null, doc: "" };
const anchor: Param = {
  name: "anchor",
  kind: "choice",
  default: "day",
  min: null,
  max: null,
  options: ["day", "week"],
  doc: "",
};

describe("parameters that were typed", () => {
  it("are checked against kind and range", () => {
    expect(paramTrouble(period, "21")).toBeNull();
    expect(paramTrouble(period, "1")).toBe("from 2 to 10000");
    expect(paramTrouble(period, "2.5")).toBe("a whole number from 2 to 10000");
    expect(paramTrouble(period, "")).toBe("a number from 2 to 10000");
    expect(paramTrouble(step, "0.05")).toBeNull();
    expect(paramTrouble(step, "abc")).toBe("a number from 0.0001 to 1");
    expect(paramTrouble(anchor, "week")).toBeNull();
    expect(paramTrouble(anchor, "year")).toBe("one of day, week");
  });

  it("are left out where they are the defaults", () => {
    const values = { period: "14", step: "0.050", anchor: "week" };
    expect(changedParams([period, step, anchor], values)).toEqual({ step: "0.05", anchor: "week" });
  });
});
