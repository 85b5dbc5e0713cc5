import { describe, expect, it } from "vitest";

import type { LiveBar } from "../live/messages";
import { lastBucket, offered, resample } from "./resample";

const minute = 60_000;
const bars: LiveBar[] = [
  [0, 10, 12, 9, 11, 1],
  [minute, 11, 15, 11, 14, null],
  [4 * minute, 14, 14, 8, 9, 2],
  [5 * minute, 9, 10, 9, 10, null],
];

describe("longer bars", () => {
  it("have the first open, the extremes, the last close and the sum of what is known", () => {
    expect(resample(bars, 5 * minute)).toEqual([
      [0, 10, 15, 8, 9, 3],
      [5 * minute, 9, 10, 9, 10, null],
    ]);
  });

  it("the last bucket is the last of all buckets", () => {
    for (let end = 1; end <= bars.length; end += 1) {
      const some = bars.slice(0, end);
      expect(lastBucket(some, 5 * minute)).toEqual(resample(some, 5 * minute).at(-1));
    }
    expect(lastBucket([], minute)).toBeNull();
  });

  it("are offered where they fit", () => {
    expect(offered(15 * minute).map(([name]) => name)).toEqual(["15m", "30m", "1h", "4h", "1d"]);
  });
});
