// Running means of models side by side, with what knowing nothing would give.

import { type IChartApi, type IPriceLine, type ISeriesApi, LineSeries, LineStyle } from "lightweight-charts";
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { fixed, localTime, utcTime } from "../format";
import { look } from "../theme";
import { time } from "./axis";
import { baseChart, paintBase } from "./chart-base";
import { drawable } from "./points";

/** A line of the chart. */
export interface ScoreLine {
  name: string;
  value: readonly number[];
}

interface Drawn {
  chart: IChartApi;
  lines: ISeriesApi<"Line">[];
  base: IPriceLine | null;
}

const DIGITS = 4;

export function ScoresChart({
  ts,
  lines,
  base,
  label,
}: {
  ts: readonly number[];
  lines: readonly ScoreLine[];
  /** What knowing nothing gives. */
  base: number;
  label: string;
}): JSX.Element {
  const element = useRef<HTMLDivElement>(null);
  const drawn = useRef<Drawn | null>(null);
  const [cursor, setCursor] = useState<{ ts: number; values: (number | null)[] } | null>(null);
  const number = lines.length;

  useEffect(() => {
    if (element.current === null) return;
    const chart = baseChart(element.current);
    const series = Array.from({ length: number }, (_, index) =>
      chart.addSeries(LineSeries, {
        lineWidth: 2,
        // Colour is not the only difference.
        lineStyle: index === 0 ? LineStyle.Solid : LineStyle.Dashed,
        priceLineVisible: false,
        priceFormat: { type: "custom", formatter: (value: number) => fixed(value, DIGITS), minMove: 0.0001 },
      }),
    );
    chart.subscribeCrosshairMove(({ time: at, seriesData }) => {
      const values = series.map((one) => {
        const point = seriesData.get(one);
        return point !== undefined && "value" in point ? (point.value as number) : null;
      });
      setCursor(at === undefined ? null : { ts: (at as number) * 1000, values });
    });
    drawn.current = { chart, lines: series, base: null };
    return () => {
      drawn.current = null;
      chart.remove();
    };
  }, [number]);

  useEffect(() => {
    const { current } = drawn;
    if (current === null) return;
    const colours = paintBase(current.chart);
    current.lines.forEach((line, index) => line.applyOptions({ color: colours.series[index] ?? colours.text }));
    const [first] = current.lines;
    if (first === undefined) return;
    if (current.base !== null) first.removePriceLine(current.base);
    current.base = first.createPriceLine({
      price: base,
      color: colours.muted,
      lineWidth: 1,
      lineStyle: LineStyle.Dotted,
      axisLabelVisible: true,
      title: "knowing nothing",
    });
  }, [look.value, base, number]);

  useEffect(() => {
    const { current } = drawn;
    if (current === null) return;
    const indexes = drawable(ts);
    current.lines.forEach((series, index) => {
      const values = lines[index]?.value ?? [];
      series.setData(indexes.map((at) => ({ time: time(ts[at] ?? 0), value: values[at] ?? 0 })));
    });
    current.chart.timeScale().fitContent();
  }, [ts, lines, number]);

  const last = lines.map(({ value }) => value.at(-1) ?? null);
  const shown = cursor ?? { ts: ts.at(-1) ?? 0, values: last };
  return (
    <div class="scores">
      <p class="scores-legend small">
        {lines.map(({ name }, index) => (
          <span key={name}>
            <i class="line-key" data-line={index} aria-hidden="true" /> {name} <b>{fixed(shown.values[index], DIGITS)}</b>
          </span>
        ))}
        <time class="muted" title={`${localTime(shown.ts)} here`}>
          {utcTime(shown.ts)}
        </time>
      </p>
      <div ref={element} class="curve-frame" role="img" aria-label={label} />
    </div>
  );
}
