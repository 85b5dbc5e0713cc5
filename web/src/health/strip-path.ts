// Where the line of a strip chart goes. Pure geometry: what is drawn is decided here, and tested.

/** A value a minute, say; null where it is not known. */
export interface Points {
  /** Milliseconds since the Unix epoch, ascending. */
  ts: readonly number[];
  values: readonly (number | null)[];
}

/** A stretch of time. */
export interface Span {
  from: number;
  to: number;
}

/** So many times the usual distance between points is a gap: the line ends, and begins again. */
const GAP = 3;

/** The usual distance between points; null of fewer than two. */
export function usualStep(ts: readonly number[]): number | null {
  const steps = ts.slice(1).map((at, index) => at - (ts[index] ?? at));
  steps.sort((a, b) => a - b);
  return steps[Math.floor(steps.length / 2)] ?? null;
}

/** Largest value, at least `floor`. */
export function ceiling({ values }: Points, floor: number): number {
  return values.reduce<number>((most, value) => (value !== null && value > most ? value : most), floor);
}

/** The path of a line from 0 to `top` in a box of this size; it breaks where values are missing. */
export function linePath(points: Points, { from, to }: Span, top: number, width: number, height: number): string {
  const step = usualStep(points.ts);
  let path = "";
  let before: number | null = null;
  points.ts.forEach((ts, index) => {
    const value = points.values[index] ?? null;
    if (value === null || ts < from || ts > to) {
      before = null;
      return;
    }
    const x = ((ts - from) / (to - from)) * width;
    const y = height - (Math.min(Math.max(value, 0), top) / top) * height;
    const joined = before !== null && step !== null && ts - before <= GAP * step;
    path += `${joined ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
    // A point without neighbours is a dot.
    if (!joined) path += "h0.01";
    before = ts;
  });
  return path;
}

/** A stretch during which something was up, partly, or not; what is not covered is not known. */
export interface Cell extends Span {
  /** 0 to 1. */
  share: number;
}

/** Neighbouring rows with the same share as one stretch. A row tells about the step that ends with it. */
export function cells(points: Points, { from, to }: Span): Cell[] {
  const step = usualStep(points.ts);
  const found: Cell[] = [];
  points.ts.forEach((ts, index) => {
    const share = points.values[index] ?? null;
    if (share === null || ts < from || ts > to) return;
    const previous = points.ts[index - 1];
    const covered =
      step !== null && previous !== undefined && ts - previous <= GAP * step ? previous : ts - (step ?? 0);
    const begins = Math.max(from, covered);
    const last = found.at(-1);
    if (last !== undefined && last.share === share && last.to >= begins) last.to = ts;
    else found.push({ from: begins, to: ts, share });
  });
  return found;
}

/** Index of the point nearest to a time; null without points. */
export function nearest(ts: readonly number[], at: number): number | null {
  let best: number | null = null;
  ts.forEach((one, index) => {
    if (best === null || Math.abs(one - at) < Math.abs((ts[best] ?? 0) - at)) best = index;
  });
  return best;
}
