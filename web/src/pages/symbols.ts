// Series gathered by symbol, timeframes in their order.

import type { Series, SeriesKey } from "../api/types";

/** One symbol of one venue with all its timeframes, the shortest first. */
export interface SymbolEntry {
  venue: string;
  symbol: string;
  simulated: boolean;
  series: Series[];
}

const UNITS: Record<string, number> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800, M: 2_592_000 };

/** Length of a timeframe such as `15m`, for sorting; unknown ones come last. */
export function timeframeSeconds(timeframe: string): number {
  const match = /^(\d+)([smhdwM])$/.exec(timeframe);
  return match === null
    ? Number.POSITIVE_INFINITY
    : Number(match[1]) * (UNITS[match[2] ?? ""] ?? Number.POSITIVE_INFINITY);
}

/** A series as one text. */
export function seriesText({ venue, symbol, timeframe }: SeriesKey): string {
  return JSON.stringify([venue, symbol, timeframe]);
}

/** Symbols in alphabetical order, simulated ones last. */
export function bySymbol(series: readonly Series[]): SymbolEntry[] {
  const entries = new Map<string, SymbolEntry>();
  for (const one of series) {
    const key = JSON.stringify([one.venue, one.symbol]);
    const entry = entries.get(key);
    if (entry === undefined) {
      entries.set(key, { venue: one.venue, symbol: one.symbol, simulated: one.simulated, series: [one] });
    } else {
      entry.series.push(one);
      entry.simulated &&= one.simulated;
    }
  }
  const list = [...entries.values()];
  for (const { series } of list) {
    series.sort((a, b) => timeframeSeconds(a.timeframe) - timeframeSeconds(b.timeframe));
  }
  return list.sort(
    (a, b) =>
      Number(a.simulated) - Number(b.simulated) || a.symbol.localeCompare(b.symbol) || a.venue.localeCompare(b.venue),
  );
}
