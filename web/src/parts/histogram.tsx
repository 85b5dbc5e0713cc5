// Counts in bins, with the median marked and a part of each bin told apart.

import type { JSX } from "preact";

import { count, percent } from "../format";

/** Where a value lies between the first and the last edge, in percent; null outside of them. */
export function placeOf(value: number, edges: readonly number[]): number | null {
  const first = edges[0];
  const last = edges.at(-1);
  if (first === undefined || last === undefined || value < first || value > last || last <= first) return null;
  return ((value - first) / (last - first)) * 100;
}

export function Histogram({
  edges,
  counts,
  part,
  partName,
  median,
  label,
}: {
  /** Fractions: 0 to 1. */
  edges: readonly number[];
  counts: readonly number[];
  part: readonly number[];
  partName: string;
  median: number | null;
  label: string;
}): JSX.Element {
  const most = Math.max(1, ...counts);
  const middle = median === null ? null : placeOf(median, edges);
  const text = (edge: number | undefined): string => percent((edge ?? 0) * 100, 0);
  return (
    <figure class="histogram" aria-label={label}>
      <div class="bins">
        {counts.map((number, bin) => (
          <div
            key={bin}
            class="bin"
            title={
              `${text(edges[bin])} to ${text(edges[bin + 1])}: ${count(number)}` +
              (number > 0 ? `, ${count(part[bin])} ${partName} (${percent(((part[bin] ?? 0) / number) * 100, 0)})` : "")
            }
          >
            <span class="bin-rest" style={{ height: `${((number - (part[bin] ?? 0)) / most) * 100}%` }} />
            <span class="bin-part" style={{ height: `${((part[bin] ?? 0) / most) * 100}%` }} />
          </div>
        ))}
        {middle !== null && (
          <span class="median" data-side={middle > 60 ? "left" : "right"} style={{ left: `${middle}%` }}>
            <span>median {text(median ?? 0)}</span>
          </span>
        )}
      </div>
      <figcaption class="small muted">
        <span>{text(edges[0])}</span>
        <span>
          <i class="key key-part" /> {partName} <i class="key key-rest" /> others, at most {count(most)} in a bin
        </span>
        <span>{text(edges.at(-1))}</span>
      </figcaption>
    </figure>
  );
}
