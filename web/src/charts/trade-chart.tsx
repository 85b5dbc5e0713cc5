// The candles around one trade with its entry, stop, target and exit marked.

import {
  type AutoscaleInfo,
  CandlestickSeries,
  type ISeriesApi,
  LineStyle,
  createSeriesMarkers,
} from "lightweight-charts";
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import type { Trade } from "../api/records";
import { fixed, plain, pricePrecision, utcTime } from "../format";
import type { LiveBar } from "../live/messages";
import { look } from "../theme";
import { time } from "./axis";
import { baseChart, paintBase } from "./chart-base";

/** The open time of the last bar that opens at or before an instant. */
export function barAt(bars: readonly LiveBar[], ms: number): number | null {
  let found: number | null = null;
  for (const [open] of bars) {
    if (open > ms) break;
    found = open;
  }
  return found;
}

export function TradeChart({ bars, trade }: { bars: readonly LiveBar[]; trade: Trade }): JSX.Element {
  const element = useRef<HTMLDivElement>(null);
  const [cursor, setCursor] = useState<LiveBar | null>(null);
  useEffect(() => {
    if (element.current === null) return;
    const precision = pricePrecision(bars.map((bar) => bar[4]));
    const levels = [trade.entry_price, trade.exit_price, trade.stop, trade.target].filter((price) => price !== null);
    const chart = baseChart(element.current);
    const colours = paintBase(chart);
    const candles: ISeriesApi<"Candlestick"> = chart.addSeries(CandlestickSeries, {
      borderVisible: false,
      upColor: colours.up,
      wickUpColor: colours.up,
      downColor: colours.down,
      wickDownColor: colours.down,
      priceLineVisible: false,
      lastValueVisible: false,
      // Stop and target are in view, however far away they are.
      autoscaleInfoProvider: (own: () => AutoscaleInfo | null): AutoscaleInfo | null => {
        const info = own();
        if (info === null || info.priceRange === null) return info;
        const { minValue, maxValue } = info.priceRange;
        return {
          ...info,
          priceRange: { minValue: Math.min(minValue, ...levels), maxValue: Math.max(maxValue, ...levels) },
        };
      },
      priceFormat: {
        type: "custom",
        formatter: (price: number) => fixed(price, precision),
        minMove: 10 ** -precision,
      },
    });
    candles.setData(bars.map(([ts, open, high, low, close]) => ({ time: time(ts), open, high, low, close })));
    const long = trade.side === "long";
    const level = (price: number | null, title: string, color: string): void => {
      if (price === null) return;
      candles.createPriceLine({
        price,
        title,
        color,
        lineWidth: 1,
        lineStyle: LineStyle.Dashed,
        axisLabelVisible: true,
      });
    };
    level(trade.entry_price, "entry", colours.accent);
    level(trade.stop, "stop", colours.down);
    level(trade.target, "target", colours.up);
    level(trade.exit_price, "exit", colours.muted);
    const entered = barAt(bars, trade.entry_ts);
    const left = trade.exit_ts === null ? null : barAt(bars, trade.exit_ts);
    createSeriesMarkers(candles, [
      ...(entered === null
        ? []
        : [
            {
              time: time(entered),
              position: long ? ("belowBar" as const) : ("aboveBar" as const),
              shape: long ? ("arrowUp" as const) : ("arrowDown" as const),
              color: colours.accent,
              text: long ? "bought" : "sold",
            },
          ]),
      ...(left === null
        ? []
        : [
            {
              time: time(left),
              position: long ? ("aboveBar" as const) : ("belowBar" as const),
              shape: long ? ("arrowDown" as const) : ("arrowUp" as const),
              color: (trade.pnl ?? 0) >= 0 ? colours.up : colours.down,
              text: long ? "sold" : "bought",
            },
          ]),
    ]);
    chart.subscribeCrosshairMove(({ logical }) => {
      setCursor(logical === undefined ? null : (bars[Math.round(logical)] ?? null));
    });
    chart.timeScale().fitContent();
    return () => chart.remove();
  }, [bars, trade, look.value]);
  return (
    <div class="curve">
      <p class="curve-legend small" aria-hidden="true">
        {cursor !== null &&
          `${utcTime(cursor[0])}  O ${plain(cursor[1])}  H ${plain(cursor[2])}  L ${plain(cursor[3])}  C ${plain(cursor[4])}`}
      </p>
      <div
        ref={element}
        class="trade-chart"
        role="img"
        aria-label={`Candles of ${trade.symbol} around the trade, with entry, stop, target and exit`}
      />
    </div>
  );
}
