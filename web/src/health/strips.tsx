// The last hours as strips under each other: one time axis, one cross hair, a row of numbers under it.

import { type Signal, useSignal } from "@preact/signals";
import type { JSX, TargetedPointerEvent } from "preact";
import { useMemo } from "preact/hooks";

import { UNKNOWN, bytes, duration, fixed, localTime, percent } from "../format";
import { type Span, ceiling, cells, linePath, nearest } from "./strip-path";
import type { HealthHistory } from "./wire";

const WIDTH = 1_000;
const HEIGHT = 44;
/** The top of a strip is at least this, so that nothing looks dramatic that is not. */
interface Row {
  name: string;
  values: (number | null)[];
  text: (value: number | null) => string;
  floor: number;
}

function CrossHair({ at, span }: { at: Signal<number | null>; span: Span }): JSX.Element | null {
  if (at.value === null) return null;
  const x = ((at.value - span.from) / (span.to - span.from)) * WIDTH;
  return <line class="cross" x1={x} x2={x} y1="0" y2={HEIGHT} />;
}

function Reading({ row, ts, at }: { row: Row; ts: number[]; at: Signal<number | null> }): JSX.Element {
  const index = at.value === null ? ts.length - 1 : nearest(ts, at.value);
  return <span class="reading">{index === null || index < 0 ? UNKNOWN : row.text(row.values[index] ?? null)}</span>;
}

function When({ ts, at }: { ts: number[]; at: Signal<number | null> }): JSX.Element {
  const index = at.value === null ? ts.length - 1 : nearest(ts, at.value);
  const time = index === null ? undefined : ts[index];
  return (
    <span class="small muted" aria-live="off">
      {at.value === null ? "newest minute: " : ""}
      {localTime(time)}
    </span>
  );
}

function Line({ row, ts, span, at }: { row: Row; ts: number[]; span: Span; at: Signal<number | null> }): JSX.Element {
  const top = useMemo(() => ceiling({ ts, values: row.values }, row.floor), [ts, row.values]);
  const path = useMemo(() => linePath({ ts, values: row.values }, span, top, WIDTH, HEIGHT), [ts, row.values, span]);
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path class="base" d={`M0 ${HEIGHT}H${WIDTH}`} />
      <path class="line" d={path} />
      <CrossHair at={at} span={span} />
    </svg>
  );
}

function Up({
  values,
  ts,
  span,
  at,
}: {
  values: (number | null)[];
  ts: number[];
  span: Span;
  at: Signal<number | null>;
}): JSX.Element {
  const stretches = useMemo(() => cells({ ts, values }, span), [ts, values, span]);
  const x = (time: number): number => ((time - span.from) / (span.to - span.from)) * WIDTH;
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true" class="up">
      {stretches.map(({ from, to, share }) => (
        <rect
          key={from}
          class={share >= 1 ? "good" : share > 0 ? "partly" : "bad"}
          x={x(from)}
          width={Math.max(1, x(to) - x(from))}
          // What was down is lower, too: colour is not the only sign.
          y={HEIGHT * (1 - (0.35 + 0.5 * share))}
          height={HEIGHT * (0.35 + 0.5 * share)}
        />
      ))}
      <CrossHair at={at} span={span} />
    </svg>
  );
}

export function Strips({ history, hours, now }: { history: HealthHistory; hours: number; now: number }): JSX.Element {
  const at = useSignal<number | null>(null);
  // The axis moves once a minute, as the rows do.
  const to = Math.ceil(now / 60_000) * 60_000;
  const span = useMemo(() => ({ from: to - hours * 3_600_000, to }), [to, hours]);
  const { ts } = history;
  const lines: Row[] = [
    { name: "data age", values: history.lag_ms, text: duration, floor: 1_000 },
    { name: "CPU, of one core", values: history.cpu_pct, text: (value) => percent(value), floor: 10 },
    { name: "memory", values: history.rss, text: bytes, floor: 1e8 },
    { name: "errors a minute", values: history.errors, text: (value) => fixed(value, 0), floor: 1 },
  ];
  const up: Row = {
    name: "feed up",
    values: history.feed_up,
    text: (value) => percent(value === null ? null : value * 100, 0),
    floor: 1,
  };
  const follow = (event: TargetedPointerEvent<HTMLDivElement>): void => {
    const chart = event.currentTarget.querySelector("svg")?.getBoundingClientRect();
    if (chart === undefined || chart.width === 0) return;
    const share = Math.min(1, Math.max(0, (event.clientX - chart.left) / chart.width));
    at.value = span.from + share * (span.to - span.from);
  };
  return (
    <div
      class="strips"
      role="img"
      aria-label={`Feed, data age, CPU, memory and errors of the last ${hours} hours; up ${percent(history.uptime_pct, 2)} of the time`}
      onPointerMove={follow}
      onPointerLeave={() => {
        at.value = null;
      }}
    >
      <div class="strip">
        <span class="name">{up.name}</span>
        <Up values={up.values} ts={ts} span={span} at={at} />
        <Reading row={up} ts={ts} at={at} />
      </div>
      {lines.map((row) => (
        <div class="strip" key={row.name}>
          <span class="name">{row.name}</span>
          <Line row={row} ts={ts} span={span} at={at} />
          <Reading row={row} ts={ts} at={at} />
        </div>
      ))}
      <div class="strip axis small muted">
        <span />
        <span class="ends">
          <span>{localTime(span.from)}</span>
          <When ts={ts} at={at} />
          <span>now</span>
        </span>
        <span />
      </div>
    </div>
  );
}
