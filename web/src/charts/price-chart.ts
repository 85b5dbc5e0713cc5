// The chart on screen: candles, volume and indicator panes of a `Feed`, drawn by TradingView's lightweight-charts.

import {
  CandlestickSeries,
  type CandlestickData,
  CrosshairMode,
  HistogramSeries,
  type HistogramData,
  type IChartApi,
  type IPriceLine,
  type ISeriesApi,
  LineSeries,
  LineStyle,
  LineType,
  type LineData,
  PriceScaleMode,
  type Time,
  type WhitespaceData,
  createChart,
} from "lightweight-charts";

import { compact, fixed, plain, pricePrecision, utcTime } from "../format";
import { day, tickText, time } from "./axis";
import type { BarWindow } from "./bar-window";
import type { Feed } from "./feed";
import { BY_SIGN, type ChartColours, colourIndexes } from "./palette";
import { drawingOf, drawnBack, placementOf } from "./placement";

/** One output of an indicator on the chart. */
interface Drawn {
  output: string;
  colour: number;
  api: ISeriesApi<"Line"> | ISeriesApi<"Histogram">;
}

/** An indicator on the chart. */
interface DrawnIndicator {
  key: string;
  pane: "price" | "own";
  outputs: Drawn[];
  guides: IPriceLine[];
}

/** What a legend needs of one indicator. */
export interface LegendEntry {
  key: string;
  outputs: { output: string; colour: number }[];
}

/** What a legend needs of one pane. */
export interface LegendPane {
  /** Pixels from the upper edge of the chart. */
  top: number;
  entries: LegendEntry[];
}

type Point<T> = T | WhitespaceData<Time>;

/** Empty bars behind the latest one. */
const RIGHT_OFFSET = 6;

/** The drawing of one feed in one element. */
export class PriceChart {
  private readonly chart: IChartApi;
  private readonly candles: ISeriesApi<"Candlestick">;
  private readonly volume: ISeriesApi<"Histogram">;
  private readonly feed: Feed;
  private indicators: DrawnIndicator[] = [];
  private colours: ChartColours;
  private frame = 0;
  /** Series that are still to be drawn, and the frame in which the next one is. */
  private waiting: (() => void)[] = [];
  private drawing = 0;
  private readonly observer: ResizeObserver;
  /** Index of the bar under the crosshair, null if it is elsewhere. Called at most once a frame. */
  onCursor: (index: number | null) => void = () => undefined;
  /** The bars in view by index, fractions included. Called at most once a frame. */
  onView: (from: number, to: number) => void = () => undefined;
  /** The panes have moved. */
  onPanes: () => void = () => undefined;

  constructor(element: HTMLElement, feed: Feed, colours: ChartColours) {
    this.feed = feed;
    this.colours = colours;
    this.chart = createChart(element, {
      autoSize: true,
      // The credit that the licence asks for stands beneath the chart: the library's own would need inline styles.
      layout: {
        attributionLogo: false,
        fontFamily: getComputedStyle(element).fontFamily,
        panes: { enableResize: true },
      },
      crosshair: { mode: CrosshairMode.Normal },
      localization: { timeFormatter: (at: Time) => this.crosshairText(at) },
      timeScale: { rightOffset: RIGHT_OFFSET, minBarSpacing: 0.05, timeVisible: true, tickMarkFormatter: tickText },
      rightPriceScale: { minimumWidth: 64 },
      kineticScroll: { touch: true, mouse: false },
    });
    this.candles = this.chart.addSeries(CandlestickSeries, { borderVisible: false });
    this.volume = this.chart.addSeries(HistogramSeries, {
      priceScaleId: "volume",
      lastValueVisible: false,
      priceLineVisible: false,
      priceFormat: { type: "custom", formatter: (value: number) => compact(value), minMove: 1e-8 },
    });
    this.chart.priceScale("volume").applyOptions({ scaleMargins: { top: 0.82, bottom: 0 } });
    this.chart.subscribeCrosshairMove(({ logical, point }) => {
      const inside = point !== undefined && logical !== undefined && logical >= 0 && logical < this.feed.bars.length;
      this.cursor = inside ? Math.round(logical) : null;
      this.later();
    });
    this.chart.timeScale().subscribeVisibleLogicalRangeChange((range) => {
      this.view = range;
      this.later();
    });
    this.observer = new ResizeObserver(() => this.onPanes());
    this.paint(colours);
  }

  private cursor: number | null = null;
  private view: { from: number; to: number } | null = null;

  /** Gathers what happens within a frame into one call each. */
  private later(): void {
    if (this.frame !== 0) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.onCursor(this.cursor);
      if (this.view !== null) this.onView(this.view.from, this.view.to);
    });
  }

  private crosshairText(at: Time): string {
    const ms = (at as number) * 1000;
    return this.feed.timeframeMs >= day ? utcTime(ms).slice(0, 10) : utcTime(ms);
  }

  /** Takes the chart off the page. */
  remove(): void {
    cancelAnimationFrame(this.frame);
    cancelAnimationFrame(this.drawing);
    this.observer.disconnect();
    this.chart.remove();
  }

  /** Changes the colours. */
  paint(colours: ChartColours): void {
    this.colours = colours;
    this.chart.applyOptions({
      layout: {
        background: { color: colours.page },
        textColor: colours.muted,
        panes: { separatorColor: colours.line, separatorHoverColor: colours.grid },
      },
      grid: { vertLines: { color: colours.grid }, horzLines: { color: colours.grid } },
      crosshair: {
        vertLine: { color: colours.muted, labelBackgroundColor: colours.accent },
        horzLine: { color: colours.muted, labelBackgroundColor: colours.accent },
      },
      timeScale: { borderColor: colours.line },
      rightPriceScale: { borderColor: colours.line },
    });
    this.candles.applyOptions({
      upColor: colours.up,
      wickUpColor: colours.up,
      downColor: colours.down,
      wickDownColor: colours.down,
    });
    if (this.feed.bars.length > 0) this.drawVolume();
    for (const indicator of this.indicators) {
      for (const { api, colour } of indicator.outputs) api.applyOptions({ color: this.colour(colour) });
      for (const line of indicator.guides) line.applyOptions({ color: colours.muted });
      this.fillIndicator(indicator);
    }
  }

  /** A colour for the lines of indicators. */
  colour(index: number): string {
    if (index === BY_SIGN) return this.colours.text;
    return this.colours.series[index % this.colours.series.length] ?? this.colours.text;
  }

  /**
   * Draws the bars of the feed. `keep` says which end of the view stays where it is; without one everything is new.
   * Otherwise what lies on the bars follows one series a frame: what was added is not in view yet, and nothing stalls.
   */
  drawBars(keep: "right" | "left" | "none"): void {
    const { bars } = this.feed;
    const before = this.chart.timeScale().getVisibleLogicalRange();
    const precision = pricePrecision(bars.close);
    this.candles.applyOptions({
      priceFormat: {
        type: "custom",
        formatter: (price: number) => fixed(price, precision),
        minMove: 10 ** -precision,
      },
    });
    this.candles.setData(candleData(bars));
    if (keep === "left" && before !== null) this.chart.timeScale().setVisibleLogicalRange(before);
    this.waiting = [() => this.drawVolume()];
    for (const { key, outputs } of this.indicators) {
      for (const drawn of outputs) this.waiting.push(() => this.fillOutput(key, drawn));
    }
    if (keep === "none") this.finish();
    else this.continueLater();
  }

  /** Draws everything that waits. */
  private finish(): void {
    for (const draw of this.waiting.splice(0)) draw();
  }

  private continueLater(): void {
    if (this.drawing !== 0 || this.waiting.length === 0) return;
    this.drawing = requestAnimationFrame(() => {
      this.drawing = 0;
      this.waiting.shift()?.();
      this.continueLater();
    });
  }

  private drawVolume(): void {
    const { bars } = this.feed;
    const points: Point<HistogramData>[] = new Array(bars.length);
    for (let bar = 0; bar < bars.length; bar += 1) {
      const at = time(bars.ts[bar] ?? 0);
      const value = bars.volume[bar] ?? Number.NaN;
      const up = (bars.close[bar] ?? 0) >= (bars.open[bar] ?? 0);
      points[bar] = Number.isNaN(value)
        ? { time: at }
        : { time: at, value, color: up ? this.colours.upFaint : this.colours.downFaint };
    }
    this.volume.setData(points);
  }

  /**
   * Has no other indicators on the chart than these, in this order. One whose values are still to come holds up those
   * behind it that are not drawn yet: so an address gives the same colours and panes whatever comes first. `outputsOf`
   * gives the outputs of an indicator in their order.
   */
  drawIndicators(keys: readonly string[], outputsOf: (name: string) => readonly string[]): void {
    const wanted = new Set(keys);
    let held = false;
    for (const indicator of this.indicators) {
      if (!wanted.has(indicator.key)) for (const { api } of indicator.outputs) this.chart.removeSeries(api);
    }
    this.indicators = this.indicators.filter(({ key }) => wanted.has(key));
    for (const key of keys) {
      const entry = this.feed.indicators.get(key);
      if (entry === undefined) continue;
      held ||= entry.columns.size === 0;
      let drawn = this.indicators.find((one) => one.key === key);
      if (drawn === undefined) {
        if (held) continue;
        const { name } = entry.asked;
        const known = outputsOf(name).filter((output) => entry.columns.has(output));
        drawn = this.addIndicator(key, name, known.length > 0 ? known : [...entry.columns.keys()]);
        this.indicators.push(drawn);
        this.fillIndicator(drawn);
      }
    }
    this.indicators.sort((a, b) => keys.indexOf(a.key) - keys.indexOf(b.key));
    const below = this.indicators.filter(({ pane }) => pane === "own");
    below.forEach(({ outputs }, index) => {
      const pane = outputs[0]?.api.getPane();
      if (pane !== undefined && pane.paneIndex() !== index + 1) pane.moveTo(index + 1);
    });
    this.layout();
  }

  private addIndicator(key: string, name: string, outputs: string[]): DrawnIndicator {
    const { pane, guides } = placementOf(name);
    const index = pane === "price" ? 0 : this.chart.panes().length;
    const taken = pane === "own" ? 0 : this.freeColour();
    const shown = outputs.filter((output) => drawingOf(name, output) !== "none");
    const colours = colourIndexes(shown, taken, (output) => drawingOf(name, output) === "histogram");
    const drawn = shown.map((output, at): Drawn => {
      const colour = colours[at] ?? taken;
      const common = {
        color: this.colour(colour),
        lastValueVisible: pane === "own",
        priceLineVisible: false,
        ...(pane === "own"
          ? { priceFormat: { type: "custom" as const, formatter: (value: number) => axisText(value), minMove: 1e-8 } }
          : {}),
      };
      const drawing = drawingOf(name, output);
      if (drawing === "histogram") return { output, colour, api: this.chart.addSeries(HistogramSeries, common, index) };
      const dots = drawing === "dots";
      const api = this.chart.addSeries(
        LineSeries,
        {
          ...common,
          lineWidth: 1,
          lineVisible: !dots,
          pointMarkersVisible: dots,
          pointMarkersRadius: 1.6,
          crosshairMarkerVisible: !dots,
          // Levels that hold for a day are steps, not slopes.
          lineType: name === "pivot_points" ? LineType.WithSteps : LineType.Simple,
        },
        index,
      );
      return { output, colour, api };
    });
    const first = pane === "own" ? drawn[0] : undefined;
    const lines = guides.map((price) =>
      first?.api.createPriceLine({
        price,
        color: this.colours.muted,
        lineWidth: 1,
        lineStyle: LineStyle.Dotted,
        axisLabelVisible: false,
        title: "",
      }),
    );
    return { key, pane, outputs: drawn, guides: lines.filter((line) => line !== undefined) };
  }

  private freeColour(): number {
    const taken = this.indicators
      .filter(({ pane }) => pane === "price")
      .flatMap(({ outputs }) => outputs.map(({ colour }) => colour));
    let colour = 0;
    while (taken.includes(colour)) colour += 1;
    return colour;
  }

  /** Draws an indicator again whose values have changed, if it is drawn. */
  refill(key: string): void {
    for (const indicator of this.indicators) if (indicator.key === key) this.fillIndicator(indicator);
  }

  private fillIndicator({ key, outputs }: DrawnIndicator): void {
    for (const drawn of outputs) this.fillOutput(key, drawn);
  }

  private fillOutput(key: string, { output, api }: Drawn): void {
    const entry = this.feed.indicators.get(key);
    // It was removed while it waited.
    if (entry === undefined || !this.indicators.some((one) => one.key === key)) return;
    const { ts } = this.feed.bars;
    const column = entry.columns.get(output);
    if (column === undefined || column.length !== ts.length) {
      // Values of a window that is gone would keep their times on the axis.
      api.setData([]);
      return;
    }
    const back = drawnBack(entry.asked.name, output, entry.params);
    const histogram = api.seriesType() === "Histogram";
    const points: Point<LineData>[] = new Array(ts.length);
    for (let bar = 0; bar < ts.length; bar += 1) {
      const at = time(ts[bar] ?? 0);
      const value = column[bar + back] ?? Number.NaN;
      if (Number.isNaN(value)) points[bar] = { time: at };
      else if (histogram) points[bar] = { time: at, value, color: value >= 0 ? this.colours.up : this.colours.down };
      else points[bar] = { time: at, value };
    }
    api.setData(points);
  }

  /** Gives the price most of the height, every other pane its share, and watches where they end. */
  private layout(): void {
    const panes = this.chart.panes();
    panes.forEach((pane, index) => pane.setStretchFactor(index === 0 ? Math.max(2.4, 1 + 0.6 * panes.length) : 1));
    this.observer.disconnect();
    requestAnimationFrame(() => {
      for (const pane of this.chart.panes()) {
        const element = pane.getHTMLElement();
        if (element !== null) this.observer.observe(element);
      }
      this.onPanes();
    });
  }

  /** Where panes begin and what is in them, for the legends. */
  legends(): LegendPane[] {
    const whole = this.chart.chartElement().getBoundingClientRect();
    return this.chart.panes().map((pane, index) => {
      const element = pane.getHTMLElement();
      const mine = this.indicators.filter(({ outputs }) => outputs[0]?.api.getPane().paneIndex() === index);
      return {
        top: element === null ? 0 : element.getBoundingClientRect().top - whole.top,
        entries: mine.map(({ key, outputs }) => ({
          key,
          outputs: outputs.map(({ output, colour }) => ({ output, colour })),
        })),
      };
    });
  }

  /** Brings a bar into the middle, with as many bars in view as now. */
  centre(index: number): void {
    const scale = this.chart.timeScale();
    const range = scale.getVisibleLogicalRange();
    const half = range === null ? 60 : (range.to - range.from) / 2;
    scale.setVisibleLogicalRange({ from: index - half, to: index + half });
  }

  /** Shows the latest bars. */
  showLatest(): void {
    this.chart.timeScale().scrollToPosition(RIGHT_OFFSET, false);
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
    return fixed(price, pricePrecision(this.feed.bars.close));
  }
}

function axisText(value: number): string {
  return Math.abs(value) >= 10_000 ? compact(value) : plain(Number(value.toPrecision(5)));
}

function candleData(bars: BarWindow): CandlestickData[] {
  const points: CandlestickData[] = new Array(bars.length);
  for (let bar = 0; bar < bars.length; bar += 1) {
    points[bar] = {
      time: time(bars.ts[bar] ?? 0),
      open: bars.open[bar] ?? 0,
      high: bars.high[bar] ?? 0,
      low: bars.low[bar] ?? 0,
      close: bars.close[bar] ?? 0,
    };
  }
  return points;
}
