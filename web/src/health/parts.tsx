// The small parts of the health page.

import type { ComponentChildren, JSX } from "preact";

import { UNKNOWN, age, count, duration, percent, signed } from "../format";
import type { Latency } from "./wire";

/** How far a clock is from ours: exact while that can be a fault of clocks, in large units where it is another time. */
export function clockText(ms: number | null): string {
  if (ms === null) return UNKNOWN;
  if (Math.abs(ms) < 60_000) return `${signed(ms, 1)} ms`;
  return `${age(Math.abs(ms))} ${ms < 0 ? "behind" : "ahead"}`;
}

/** A name and its figure. */
export function Fact({
  name,
  title,
  children,
}: {
  name: string;
  title?: string | undefined;
  children: ComponentChildren;
}): JSX.Element {
  return (
    <div title={title}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** How full something is: a bar with its share in words. Unknown has no bar. */
export function Meter({
  name,
  used,
  total,
  text,
  warn = 0.9,
}: {
  name: string;
  used: number | null;
  total: number | null;
  text: string;
  /** From this share on it is worth a look. */
  warn?: number;
}): JSX.Element {
  const share = used === null || total === null || total <= 0 ? null : Math.min(1, used / total);
  return (
    <div class="meter" data-warn={share !== null && share >= warn}>
      <span class="name">{name}</span>
      <span class="number">{text}</span>
      <svg
        viewBox="0 0 100 4"
        preserveAspectRatio="none"
        role="img"
        aria-label={share === null ? `${name}: not known` : `${name}: ${percent(share * 100, 0)} used`}
      >
        <rect class="track" width="100" height="4" />
        {share !== null && <rect class="fill" width={share * 100} height="4" />}
      </svg>
    </div>
  );
}

/** Latencies with their percentiles, a line each. */
export function Latencies({ rows }: { rows: [string, string, Latency][] }): JSX.Element {
  return (
    <table class="latencies">
      <thead>
        <tr>
          <th scope="col">Time taken</th>
          <th scope="col" class="number">
            p50
          </th>
          <th scope="col" class="number">
            p95
          </th>
          <th scope="col" class="number">
            p99
          </th>
          <th scope="col" class="number">
            most
          </th>
          <th scope="col" class="number">
            of
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, meaning, latency]) => (
          <tr key={name}>
            <th scope="row" title={meaning}>
              {name}
            </th>
            {[latency.p50_ms, latency.p95_ms, latency.p99_ms, latency.max_ms].map((value, index) => (
              <td key={index} class="number" title={value === null ? "not measured" : `${value} ms`}>
                {duration(value)}
              </td>
            ))}
            <td class="number" title={latency.errors > 0 ? `${latency.errors} failed` : undefined}>
              {latency.count === 0 ? UNKNOWN : count(latency.count)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
