import { expect, test } from "vitest";

import { ceiling, cells, linePath, nearest, usualStep } from "./strip-path";

const span = { from: 0, to: 100 };

test("a line fills its box and breaks at gaps", () => {
  const points = { ts: [0, 10, 20, 90, 100], values: [0, 5, 10, 10, 0] };
  expect(usualStep(points.ts)).toBe(10);
  expect(linePath(points, span, 10, 100, 20)).toBe("M0.0 20.0h0.01L10.0 10.0L20.0 0.0M90.0 0.0h0.01L100.0 20.0");
});

test("unknown values and those outside break it too", () => {
  const points = { ts: [-10, 0, 10, 20], values: [1, 1, null, 20] };
  expect(linePath(points, span, 10, 100, 20)).toBe("M0.0 18.0h0.01M20.0 0.0h0.01");
  expect(linePath({ ts: [], values: [] }, span, 10, 100, 20)).toBe("");
});

test("the top is the largest value, or a floor", () => {
  expect(ceiling({ ts: [1, 2], values: [3, null] }, 1)).toBe(3);
  expect(ceiling({ ts: [], values: [] }, 1)).toBe(1);
});

test("stretches of the same state are one cell, gaps are none", () => {
  expect(cells({ ts: [10, 20, 30, 40, 90, 100], values: [1, 1, 0, 1, 1, null] }, span)).toEqual([
    { from: 0, to: 20, share: 1 },
    { from: 20, to: 30, share: 0 },
    { from: 30, to: 40, share: 1 },
    { from: 80, to: 90, share: 1 },
  ]);
});

test("the nearest point is found", () => {
  expect(nearest([0, 10, 20], 14)).toBe(1);
  expect(nearest([], 14)).toBeNull();
});
