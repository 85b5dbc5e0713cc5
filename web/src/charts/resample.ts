// Longer bars out of shorter ones, as far as a live chart needs them: buckets of UTC time.

import type { LiveBar } from "../live/messages";

const MINUTE = 60_000;

/** Timeframes that a live chart offers, in milliseconds. */
export const STEPS: [string, number][] = [
  ["1m", MINUTE],
  ["5m", 5 * MINUTE],
  ["15m", 15 * MINUTE],
  ["30m", 30 * MINUTE],
  ["1h", 60 * MINUTE],
  ["4h", 240 * MINUTE],
  ["1d", 1_440 * MINUTE],
];

/** Those that can be made of bars of this length, itself first. */
export function offered(own: number): [string, number][] {
  return STEPS.filter(([, step]) => step >= own && step % own === 0);
}

/** Opening time of the bucket that an instant lies in. */
export const bucketOf = (ms: number, step: number): number => Math.floor(ms / step) * step;

/** Gathers ascending bars in buckets. The last one is as complete as the bars are. */
export function resample(bars: readonly LiveBar[], step: number): LiveBar[] {
  const longer: LiveBar[] = [];
  for (const [ts, open, high, low, close, volume] of bars) {
    const bucket = bucketOf(ts, step);
    const last = longer.at(-1);
    if (last === undefined || last[0] !== bucket) {
      longer.push([bucket, open, high, low, close, volume]);
    } else {
      last[2] = Math.max(last[2], high);
      last[3] = Math.min(last[3], low);
      last[4] = close;
      last[5] = last[5] === null && volume === null ? null : (last[5] ?? 0) + (volume ?? 0);
    }
  }
  return longer;
}

/** The bucket that the last of these bars lies in. */
export function lastBucket(bars: readonly LiveBar[], step: number): LiveBar | null {
  const last = bars.at(-1);
  if (last === undefined) return null;
  const bucket = bucketOf(last[0], step);
  let from = bars.length - 1;
  while (from > 0 && (bars[from - 1]?.[0] ?? 0) >= bucket) from -= 1;
  return resample(bars.slice(from), step)[0] ?? null;
}
