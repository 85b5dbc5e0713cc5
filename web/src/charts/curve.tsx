// A curve over time, with what lies beneath it: equity with its drawdown, or profits added up.

import { AreaSeries, BaselineSeries, type IChartApi, type ISeriesApi, LineStyle } from "lightweight-charts";
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { fixed, localTime, percent, utcTime } from "../format";
import { look } from "../theme";
import { time } from "./axis";
import { baseChart, paintBase } from "./chart-base";
import { drawable } from "./points";

/** A curve. */
export interface CurveData {
  ts: readonly number[];
  value: readonly number[];
  /** How far it is below its peak, in percent, above zero; drawn downwards. */
  drawdown?: readonly number[];
}

export interface CurveProps {
  data: CurveData;
  /** Newer points, each replacing or following the last one. */
  latest?: { ts: number; value: number; drawdown: number } | null;
  /** Above it is gain, below it loss. */
  base: number;
  unit: string;
  label: string;
}

interface Drawn {
  chart: IChartApi;
  value: ISeriesApi<"Baseline">;
  drawdown: ISeriesApi<"Area"> | null;
  last: number;
}

export function Curve({ data, latest = null, base, unit, label }: CurveProps): JSX.Element {
  const element = useRef<HTMLDivElement>(null);
  const drawn = useRef<Drawn | null>(null);
  const [cursor, setCursor] = useState<{ ts: number; value: number; drawdown: number | null } | null>(null);
  const withDrawdown = data.drawdown !== undefined;

  useEffect(() => {
    if (element.current === null) return;
    const chart = baseChart(element.current);
    const value = chart.addSeries(BaselineSeries, {
      lineWidth: 2,
      priceLineVisible: false,
      priceFormat: { type: "custom", formatter: (number: number) => fixed(number, 2), minMove: 0.01 },
    });
    const drawdown = withDrawdown
      ? chart.addSeries(
          AreaSeries,
          {
            lineWidth: 1,
            invertFilledArea: true,
            priceLineVisible: false,
            priceFormat: { type: "custom", formatter: (number: number) => percent(number, 1), minMove: 0.1 },
          },
          1,
        )
      : null;
    chart.panes()[0]?.setStretchFactor(3);
    chart.subscribeCrosshairMove(({ time: at, seriesData }) => {
      const one = seriesData.get(value);
      const other = drawdown === null ? undefined : seriesData.get(drawdown);
      const read = (point: unknown): number | null =>
        typeof point === "object" && point !== null && "value" in point ? (point.value as number) : null;
      const number = read(one);
      setCursor(
        at === undefined || number === null
          ? null
          : { ts: (at as number) * 1000, value: number, drawdown: read(other) },
      );
    });
    drawn.current = { chart, value, drawdown, last: 0 };
    return () => {
      drawn.current = null;
      chart.remove();
    };
  }, [withDrawdown]);

  useEffect(() => {
    const { current } = drawn;
    if (current === null) return;
    const colours = paintBase(current.chart);
    current.value.applyOptions({
      baseValue: { type: "price", price: base },
      topLineColor: colours.up,
      topFillColor1: colours.upFaint,
      topFillColor2: "transparent",
      bottomLineColor: colours.down,
      bottomFillColor1: "transparent",
      bottomFillColor2: colours.downFaint,
    });
    current.drawdown?.applyOptions({
      lineColor: colours.down,
      topColor: colours.downFaint,
      bottomColor: colours.downFaint,
    });
    const line = current.value.createPriceLine({
      price: base,
      color: colours.muted,
      lineWidth: 1,
      lineStyle: LineStyle.Dotted,
      axisLabelVisible: false,
      title: "",
    });
    return () => {
      if (drawn.current === current) current.value.removePriceLine(line);
    };
  }, [look.value, base, withDrawdown]);

  useEffect(() => {
    const { current } = drawn;
    if (current === null) return;
    const indexes = drawable(data.ts);
    current.value.setData(indexes.map((at) => ({ time: time(data.ts[at] ?? 0), value: data.value[at] ?? 0 })));
    current.drawdown?.setData(
      indexes.map((at) => ({ time: time(data.ts[at] ?? 0), value: -(data.drawdown?.[at] ?? 0) })),
    );
    current.last = Math.round((data.ts[indexes.at(-1) ?? -1] ?? 0) / 1000);
    current.chart.timeScale().fitContent();
  }, [data]);

  useEffect(() => {
    const { current } = drawn;
    if (current === null || latest === null) return;
    const at = time(latest.ts);
    if (at < current.last) return;
    current.last = at;
    current.value.update({ time: at, value: latest.value });
    current.drawdown?.update({ time: at, value: -latest.drawdown });
  }, [latest]);

  return (
    <div class="curve">
      <p class="curve-legend small" aria-hidden="true">
        {cursor !== null && (
          <>
            <time title={`${localTime(cursor.ts)} here`}>{utcTime(cursor.ts)}</time> {fixed(cursor.value, 2)} {unit}
            {cursor.drawdown !== null && <> · drawdown {percent(-cursor.drawdown, 2)}</>}
          </>
        )}
      </p>
      <div ref={element} class="curve-frame" role="img" aria-label={label} />
    </div>
  );
}
