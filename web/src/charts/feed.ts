// Fetches what a chart shows: bars in chunks as the reader scrolls, and the values of its indicators beside them.

import { api } from "../api/client";
import type { Bars, IndicatorValues, SeriesKey } from "../api/types";
import { type Asked, askedText, paramsText } from "./asked";
import { BarWindow, joined } from "./bar-window";

const FIRST_CHUNK = 2_000;
const MOST_AT_ONCE = 20_000;

/** Values of one indicator, a column per output, each as long as the window of bars; NaN where undefined. */
export interface IndicatorColumns {
  asked: Asked;
  /** All parameters, defaults included; empty before the first values came. */
  params: Record<string, number | string>;
  columns: Map<string, Float64Array>;
}

/** Puts values with times of their own beside the bars of a stretch; NaN where a bar has none. */
export function aligned(
  ts: readonly number[],
  values: readonly (number | null)[],
  bars: ArrayLike<number>,
): Float64Array {
  const column = new Float64Array(bars.length).fill(Number.NaN);
  let at = 0;
  for (let bar = 0; bar < bars.length; bar += 1) {
    const time = bars[bar] ?? Number.NaN;
    while (at < ts.length && (ts[at] ?? 0) < time) at += 1;
    if (ts[at] === time) column[bar] = values[at] ?? Number.NaN;
  }
  return column;
}

/** The data of one chart. */
export class Feed {
  bars = new BarWindow();
  /** Whether bars exist before the window. */
  older = false;
  /** Whether bars exist behind it. */
  newer = false;
  /** Milliseconds of one bar; 0 before the first chunk came. */
  timeframeMs = 0;
  simulated = false;
  readonly indicators = new Map<string, IndicatorColumns>();
  private readonly series: SeriesKey;
  private readonly lastKnown: number;
  private readonly controller = new AbortController();
  private chunk = FIRST_CHUNK;

  /** `last` is the open time of the last bar that the series has. */
  constructor(series: SeriesKey, last: number) {
    this.series = { venue: series.venue, symbol: series.symbol, timeframe: series.timeframe };
    this.lastKnown = last;
  }

  /** Ends every request: nothing is called back any more. */
  stop(): void {
    this.controller.abort();
  }

  get stopped(): boolean {
    return this.controller.signal.aborted;
  }

  /** Starts anew around an instant, or at the latest bar. Indicators are to be filled again. */
  async start(at: number | null): Promise<void> {
    const latest = at === null || at >= this.lastKnown;
    const before = latest ? undefined : at + (FIRST_CHUNK / 2) * (this.timeframeMs || (await this.barSpan()));
    const bars = await this.fetchBars(FIRST_CHUNK, before);
    this.bars = new BarWindow();
    this.bars.append(bars);
    this.chunk = FIRST_CHUNK;
    this.timeframeMs = bars.timeframe_ms;
    this.simulated = bars.simulated;
    this.older = bars.more;
    this.newer = this.bars.length > 0 && this.bars.last < this.lastKnown;
    for (const entry of this.indicators.values()) entry.columns = new Map();
  }

  /** Fetches older bars with the values beside them. Gives how many came. */
  async loadOlder(): Promise<number> {
    // Every chunk is larger than the one before: who scrolls far wants to go far.
    this.chunk = Math.min(this.chunk * 2, MOST_AT_ONCE);
    const before = this.bars.first;
    const limit = this.chunk;
    const window = this.bars;
    const [bars, values] = await Promise.all([this.fetchBars(limit, before), this.fetchAll(limit, before)]);
    // After a jump to elsewhere these are bars of a view that is gone.
    if (this.bars !== window) return 0;
    const added = window.prepend(bars);
    this.older = bars.more && added > 0;
    this.extend(values, bars.ts.slice(0, added), "front");
    return added;
  }

  /** Fetches newer bars with the values beside them. Gives how many came. */
  async loadNewer(): Promise<number> {
    const limit = MOST_AT_ONCE;
    const window = this.bars;
    let edge = window.last;
    // So many bars at most fit between the edge and `before`, so none is left out. Where a gap is wider, on it goes.
    while (edge < this.lastKnown) {
      const before = Math.min(edge + limit * this.timeframeMs, this.lastKnown) + 1;
      const [bars, values] = await Promise.all([this.fetchBars(limit, before), this.fetchAll(limit, before)]);
      if (this.bars !== window) return 0;
      const added = window.append(bars);
      if (added > 0) {
        this.newer = this.bars.last < this.lastKnown;
        this.extend(values, bars.ts.slice(bars.ts.length - added), "back");
        return added;
      }
      edge = before - 1;
    }
    this.newer = false;
    return 0;
  }

  /** Fetches the values of an indicator for all bars of the window, the latest first. `arrived` is called per chunk. */
  async fill(asked: Asked, arrived: () => void): Promise<void> {
    const key = askedText(asked);
    const entry: IndicatorColumns = { asked, params: {}, columns: new Map() };
    this.indicators.set(key, entry);
    const bars = this.bars;
    let end = bars.length;
    while (end > 0) {
      const limit = Math.min(end, entry.columns.size === 0 ? FIRST_CHUNK : MOST_AT_ONCE);
      const before = (bars.ts[end - 1] ?? 0) + 1;
      const values = await this.fetchValues(asked, limit, before);
      if (this.bars !== bars || this.indicators.get(key) !== entry) return;
      entry.params = values.params;
      const start = bars.indexAt(before) + 1 - limit;
      // Older bars may have come meanwhile and moved everything: places are found by time.
      const from = Math.max(0, start);
      const stretch = bars.ts.subarray(from, from + limit);
      for (const [output, column] of Object.entries(values.outputs)) {
        const whole = entry.columns.get(output);
        const target = whole?.length === bars.length ? whole : padded(whole, bars.length);
        target.set(aligned(values.ts, column, stretch), from);
        entry.columns.set(output, target);
      }
      arrived();
      end = from;
    }
  }

  /** Forgets an indicator. */
  remove(key: string): void {
    this.indicators.delete(key);
  }

  private async barSpan(): Promise<number> {
    const bars = await this.fetchBars(1, undefined);
    return bars.timeframe_ms;
  }

  private fetchBars(limit: number, before: number | undefined): Promise<Bars> {
    return api.bars(this.stretch(limit, before), this.controller.signal);
  }

  private fetchValues(asked: Asked, limit: number, before: number | undefined): Promise<IndicatorValues> {
    return api.indicatorValues(
      this.stretch(limit, before),
      asked.name,
      paramsText(asked.params),
      this.controller.signal,
    );
  }

  private stretch(limit: number, before: number | undefined): SeriesKey & { limit: number; before?: number } {
    return { ...this.series, limit, ...(before === undefined ? {} : { before }) };
  }

  /** Values of all indicators on a stretch. One that fails leaves a gap: its own `fill` says why. */
  private async fetchAll(limit: number, before: number): Promise<Map<string, IndicatorValues>> {
    const entries = [...this.indicators];
    const results = await Promise.allSettled(entries.map(([, { asked }]) => this.fetchValues(asked, limit, before)));
    const values = new Map<string, IndicatorValues>();
    results.forEach((result, index) => {
      const key = entries[index]?.[0];
      if (key !== undefined && result.status === "fulfilled") values.set(key, result.value);
    });
    return values;
  }

  private extend(values: Map<string, IndicatorValues>, added: readonly number[], side: "front" | "back"): void {
    for (const [key, entry] of this.indicators) {
      const fetched = values.get(key);
      const outputs = new Set([...entry.columns.keys(), ...Object.keys(fetched?.outputs ?? {})]);
      for (const output of outputs) {
        const raw = fetched?.outputs[output];
        const piece =
          fetched === undefined || raw === undefined
            ? new Float64Array(added.length).fill(Number.NaN)
            : aligned(fetched.ts, raw, added);
        const known = this.bars.length - added.length;
        const whole = padded(entry.columns.get(output), known);
        entry.columns.set(output, side === "front" ? joined(piece, whole) : joined(whole, piece));
      }
    }
  }
}

/** A column of this length: what there is, at its end, with NaN in front. */
function padded(column: Float64Array | undefined, length: number): Float64Array {
  const whole = new Float64Array(length).fill(Number.NaN);
  if (column !== undefined)
    whole.set(column.subarray(Math.max(0, column.length - length)), Math.max(0, length - column.length));
  return whole;
}
