// The bars on a chart: one stretch of a series in typed arrays that grows at either end.

import type { Bars } from "../api/types";

/** Bars in ascending order of their open times. */
export class BarWindow {
  ts = new Float64Array();
  open = new Float64Array();
  high = new Float64Array();
  low = new Float64Array();
  close = new Float64Array();
  /** NaN where the volume is not known. */
  volume = new Float64Array();

  get length(): number {
    return this.ts.length;
  }

  /** Open time of the first bar; NaN without bars. */
  get first(): number {
    return this.ts[0] ?? Number.NaN;
  }

  /** Open time of the last bar; NaN without bars. */
  get last(): number {
    return this.ts[this.ts.length - 1] ?? Number.NaN;
  }

  /** Puts in front what is older than the first bar. Gives how many bars that were. */
  prepend(bars: Bars): number {
    const end = this.length === 0 ? bars.ts.length : lowerBound(bars.ts, this.first);
    this.splice(bars, 0, end, "front");
    return end;
  }

  /** Puts behind what is newer than the last bar. Gives how many bars that were. */
  append(bars: Bars): number {
    const start = this.length === 0 ? 0 : lowerBound(bars.ts, this.last + 1);
    this.splice(bars, start, bars.ts.length, "back");
    return bars.ts.length - start;
  }

  /** Index of the last bar that opens at or before an instant; -1 if all open later. */
  indexAt(ms: number): number {
    return lowerBound(this.ts, ms + 1) - 1;
  }

  private splice(bars: Bars, start: number, end: number, side: "front" | "back"): void {
    for (const column of ["ts", "open", "high", "low", "close", "volume"] as const) {
      const added = Float64Array.from(bars[column].slice(start, end), (value) => value ?? Number.NaN);
      this[column] = side === "front" ? joined(added, this[column]) : joined(this[column], added);
    }
  }
}

/** Two columns in one. */
export function joined(first: Float64Array, second: Float64Array): Float64Array<ArrayBuffer> {
  const both = new Float64Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

/** Index of the first value that is not below `bound` in ascending values. */
export function lowerBound(values: ArrayLike<number>, bound: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? Number.POSITIVE_INFINITY) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
