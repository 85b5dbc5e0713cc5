// The chart of a market as it moves: candles and volume, what was traded, positions, and price alerts that can be
// set and dragged.

import {
  CandlestickSeries,
  type CandlestickData,
  CrosshairMode,
  HistogramSeries,
  type HistogramData,
  type IChartApi,
  type IPriceLine,
  type ISeriesApi,
  type ISeriesMarkersPluginApi,
  LineStyle,
  PriceScaleMode,
  type SeriesMarker,
  type Time,
  createSeriesMarkers,
} from "lightweight-charts";

import type { Position, Trade, Watched } from "../api/records";
import { compact, fixed, pricePrecision } from "../format";
import type { LiveBar } from "../live/messages";
import { time } from "./axis";
import { lowerBound } from "./bar-window";
import { baseChart, paintBase } from "./chart-base";
import type { ChartColours } from "./palette";

/** So near to a line it is grabbed, in pixels. */
const GRAB_PX = 7;
const RIGHT_OFFSET = 6;
/** So wide is a bar at first, in pixels. */
const BAR_PX = 7;

const candleOf = ([ts, open, high, low, close]: LiveBar): CandlestickData => ({
  time: time(ts),
  open,
  high,
  low,
  close,
});

/** A chart in one element. */
export class LiveChart {
  private readonly element: HTMLElement;
  private readonly chart: IChartApi;
  private readonly candles: ISeriesApi<"Candlestick">;
  private readonly volume: ISeriesApi<"Histogram">;
  private readonly markers: ISeriesMarkersPluginApi<Time>;
  private colours: ChartColours;
  private times: number[] = [];
  private precision = 2;
  private alerts = new Map<number, { price: number; line: IPriceLine }>();
  private levels: IPriceLine[] = [];
  private watched: readonly Watched[] = [];
  private traded: { trades: readonly Trade[]; positions: readonly Position[] } = { trades: [], positions: [] };
  private dragged: number | null = null;
  private placingNow = false;
  private readonly end = new AbortController();
  /** Open time of the bar under the crosshair, null elsewhere. */
  onCursor: (ts: number | null) => void = () => undefined;
  /** A price was chosen for a new alert. */
  onPlace: (price: number) => void = () => undefined;
  /** An alert was dragged to another price. */
  onMove: (id: number, price: number) => void = () => undefined;

  constructor(element: HTMLElement) {
    this.element = element;
    this.chart = baseChart(element);
    this.chart.applyOptions({
      crosshair: { mode: CrosshairMode.Normal },
      timeScale: { rightOffset: RIGHT_OFFSET },
      rightPriceScale: { minimumWidth: 64 },
      layout: { fontSize: 12 },
    });
    this.candles = this.chart.addSeries(CandlestickSeries, { borderVisible: false });
    this.volume = this.chart.addSeries(HistogramSeries, {
      priceScaleId: "volume",
      lastValueVisible: false,
      priceLineVisible: false,
      priceFormat: { type: "custom", formatter: (value: number) => compact(value), minMove: 1e-8 },
    });
    this.chart.priceScale("volume").applyOptions({ scaleMargins: { top: 0.82, bottom: 0 } });
    this.markers = createSeriesMarkers(this.candles, []);
    this.colours = paintBase(this.chart);
    this.paint();
    this.chart.subscribeCrosshairMove(({ time: at }) => this.onCursor(at === undefined ? null : (at as number) * 1000));
    this.listen();
  }

  /** Takes the chart off the page. */
  remove(): void {
    this.end.abort();
    this.chart.remove();
  }

  /** Takes the colours of the theme. */
  paint(): void {
    this.colours = paintBase(this.chart);
    const { up, down, accent } = this.colours;
    this.candles.applyOptions({ upColor: up, wickUpColor: up, downColor: down, wickDownColor: down });
    this.volume.applyOptions({ color: accent });
    this.setTraded(this.traded.trades, this.traded.positions);
    this.setAlerts(this.watched);
  }

  /** Shows these bars; `anew` scrolls to the latest of them, otherwise the view stays. */
  setBars(bars: readonly LiveBar[], anew: boolean): void {
    this.times = bars.map(([ts]) => ts);
    this.precision = pricePrecision(bars.map((bar) => bar[4]));
    this.candles.applyOptions({
      priceFormat: {
        type: "custom",
        formatter: (price: number) => fixed(price, this.precision),
        minMove: 10 ** -this.precision,
      },
    });
    this.candles.setData(bars.map(candleOf));
    this.volume.setData(bars.map((bar) => this.volumeOf(bar)));
    this.mark();
    if (anew) {
      const last = bars.length - 1;
      const width = this.element.clientWidth / BAR_PX;
      this.chart.timeScale().setVisibleLogicalRange({ from: last + RIGHT_OFFSET - width, to: last + RIGHT_OFFSET });
    }
  }

  /** The last bar has grown, or a new one has begun. */
  update(bar: LiveBar): void {
    const last = this.times.at(-1);
    if (last !== undefined && bar[0] < last) return;
    if (bar[0] !== last) this.times.push(bar[0]);
    this.candles.update(candleOf(bar));
    this.volume.update(this.volumeOf(bar));
  }

  private volumeOf(bar: LiveBar): HistogramData | { time: Time } {
    const [ts, open, , , close, volume] = bar;
    if (volume === null) return { time: time(ts) };
    return { time: time(ts), value: volume, color: close >= open ? this.colours.upFaint : this.colours.downFaint };
  }

  /** What was traded, and what is held with its entry, stop and target. */
  setTraded(trades: readonly Trade[], positions: readonly Position[]): void {
    this.traded = { trades, positions };
    for (const line of this.levels) this.candles.removePriceLine(line);
    this.levels = positions.flatMap(({ side, entry_price, stop, target }) => [
      this.level(entry_price, `${side} entry`, this.colours.accent),
      ...(stop === null ? [] : [this.level(stop, "stop", this.colours.down)]),
      ...(target === null ? [] : [this.level(target, "target", this.colours.up)]),
    ]);
    this.mark();
  }

  private level(price: number, title: string, color: string): IPriceLine {
    return this.candles.createPriceLine({
      price,
      title,
      color,
      lineWidth: 1,
      lineStyle: LineStyle.Dotted,
      axisLabelVisible: true,
    });
  }

  private mark(): void {
    const { trades, positions } = this.traded;
    const marks: SeriesMarker<Time>[] = [];
    const add = (ms: number, buys: boolean, color: string, text: string): void => {
      const at = lowerBound(this.times, ms + 1) - 1;
      const bar = this.times[at];
      if (bar === undefined) return;
      marks.push({
        time: time(bar),
        position: buys ? "belowBar" : "aboveBar",
        shape: buys ? "arrowUp" : "arrowDown",
        color,
        text,
      });
    };
    for (const { side, entry_ts, exit_ts, pnl } of trades) {
      const long = side === "long";
      add(entry_ts, long, this.colours.accent, "");
      if (exit_ts !== null) add(exit_ts, !long, (pnl ?? 0) >= 0 ? this.colours.up : this.colours.down, "");
    }
    for (const { side, opened_at } of positions) {
      if (opened_at !== null) add(opened_at, side === "long", this.colours.accent, side);
    }
    this.markers.setMarkers(marks.sort((a, b) => (a.time as number) - (b.time as number)));
  }

  /** The prices that are watched. The one that is being dragged stays under the pointer. */
  setAlerts(watched: readonly Watched[]): void {
    this.watched = watched;
    const wanted = new Map(watched.map((one) => [one.id, one]));
    for (const [id, { line }] of this.alerts) {
      if (wanted.has(id)) continue;
      this.candles.removePriceLine(line);
      this.alerts.delete(id);
    }
    for (const [id, { price, reach }] of wanted) {
      const known = this.alerts.get(id);
      if (known === undefined) {
        const line = this.candles.createPriceLine({
          price,
          title: `alert ${reach}`,
          color: this.colours.text,
          lineWidth: 1,
          lineStyle: LineStyle.Solid,
          axisLabelVisible: true,
        });
        this.alerts.set(id, { price, line });
      } else if (this.dragged !== id) {
        known.price = price;
        known.line.applyOptions({ price, title: `alert ${reach}`, color: this.colours.text });
      }
    }
  }

  /** Whether the next click chooses a price for an alert. */
  set placing(on: boolean) {
    this.placingNow = on;
    this.element.dataset["placing"] = String(on);
  }

  private priceAt(y: number): number | null {
    const price = this.candles.coordinateToPrice(y);
    return price === null || price <= 0 ? null : Number(price.toFixed(this.precision));
  }

  private alertAt(y: number): number | null {
    let nearest: number | null = null;
    let best = GRAB_PX;
    for (const [id, { price }] of this.alerts) {
      const at = this.candles.priceToCoordinate(price);
      if (at !== null && Math.abs(at - y) <= best) {
        nearest = id;
        best = Math.abs(at - y);
      }
    }
    return nearest;
  }

  private listen(): void {
    const { element } = this;
    const options = { signal: this.end.signal, capture: true };
    const yOf = (event: PointerEvent): number => event.clientY - element.getBoundingClientRect().top;
    let pressed: { x: number; y: number } | null = null;
    element.addEventListener(
      "pointerdown",
      (event) => {
        pressed = { x: event.clientX, y: event.clientY };
        const id = this.alertAt(yOf(event));
        if (id === null || event.button !== 0) return;
        this.dragged = id;
        // The chart keeps still while a line moves.
        this.chart.applyOptions({ handleScroll: false, handleScale: false });
        element.setPointerCapture(event.pointerId);
      },
      options,
    );
    element.addEventListener(
      "pointermove",
      (event) => {
        const y = yOf(event);
        if (this.dragged === null) {
          element.dataset["grab"] = String(this.alertAt(y) !== null);
          return;
        }
        const alert = this.alerts.get(this.dragged);
        const price = this.priceAt(y);
        if (alert === undefined || price === null) return;
        alert.price = price;
        alert.line.applyOptions({ price });
      },
      options,
    );
    const release = (event: PointerEvent): void => {
      const id = this.dragged;
      const still =
        pressed !== null && Math.abs(event.clientX - pressed.x) < 5 && Math.abs(event.clientY - pressed.y) < 5;
      pressed = null;
      if (id !== null) {
        this.dragged = null;
        this.chart.applyOptions({ handleScroll: true, handleScale: true });
        const before = this.watched.find((one) => one.id === id);
        const now = this.alerts.get(id)?.price;
        if (event.type === "pointerup" && before !== undefined && now !== undefined && now !== before.price) {
          this.onMove(id, now);
        } else this.setAlerts(this.watched);
        return;
      }
      if (!this.placingNow || !still || event.type !== "pointerup") return;
      const price = this.priceAt(yOf(event));
      if (price !== null) this.onPlace(price);
    };
    element.addEventListener("pointerup", release, options);
    element.addEventListener("pointercancel", release, options);
  }

  /** Brings the bar of an instant into the middle. */
  centre(ms: number): void {
    const at = Math.max(0, lowerBound(this.times, ms + 1) - 1);
    const scale = this.chart.timeScale();
    const range = scale.getVisibleLogicalRange();
    const half = range === null ? 60 : (range.to - range.from) / 2;
    scale.setVisibleLogicalRange({ from: at - half, to: at + half });
  }

  /** Shows the latest bars. */
  showLatest(): void {
    this.chart.timeScale().scrollToRealTime();
  }

  /** Moves the view by a part of its width: to newer bars if positive. */
  move(part: number): void {
    const scale = this.chart.timeScale();
    const range = scale.getVisibleLogicalRange();
    if (range === null) return;
    const by = (range.to - range.from) * part;
    scale.setVisibleLogicalRange({ from: range.from + by, to: range.to + by });
  }

  /** Makes the bars larger or smaller, about the right edge. */
  zoom(factor: number): void {
    const scale = this.chart.timeScale();
    const range = scale.getVisibleLogicalRange();
    if (range === null) return;
    scale.setVisibleLogicalRange({ from: range.to - (range.to - range.from) / factor, to: range.to });
  }

  /** Equal ratios have equal heights. */
  setLogarithmic(on: boolean): void {
    this.chart.priceScale("right").applyOptions({ mode: on ? PriceScaleMode.Logarithmic : PriceScaleMode.Normal });
  }

  /** As the price axis writes a price. */
  priceText(price: number): string {
    return fixed(price, this.precision);
  }
}
