// What the table of runs shows, and in which order.

import type { Headline, RunEntry } from "../api/types";

/** Smallest or largest first. */
export type Direction = "asc" | "desc";

/** The columns that hold figures: every label in use, the most frequent first, at most six. */
export function figureColumns(runs: readonly RunEntry[]): string[] {
  const uses = new Map<string, number>();
  for (const run of runs) for (const { label } of run.headline) uses.set(label, (uses.get(label) ?? 0) + 1);
  return [...uses]
    .sort((a, b) => b[1] - a[1])
    .slice(0, 6)
    .map(([label]) => label);
}

/** The figure of a run that has this label. */
export function figureOf(run: RunEntry, label: string): Headline | undefined {
  return run.headline.find((figure) => figure.label === label);
}

/** The figure that says what a run made, whatever its kind calls it. */
export function returnOf(run: RunEntry): Headline | undefined {
  return run.headline.find(({ label, unit }) => unit === "%" && /\breturn\b/i.test(label));
}

type Sortable = string | number | null;

function sortValue(run: RunEntry, column: string): Sortable {
  switch (column) {
    case "kind":
      return run.kind;
    case "title":
      return run.title.toLowerCase();
    case "when":
      return run.created_at;
    case "symbols":
      return run.symbols.length;
    case "return":
      return returnOf(run)?.value ?? null;
    default: {
      const figure = figureOf(run, column);
      return figure?.value ?? figure?.text ?? null;
    }
  }
}

/** In the order of a column; runs without a value come last either way. */
export function sortRuns(runs: readonly RunEntry[], column: string, direction: Direction): RunEntry[] {
  const sign = direction === "asc" ? 1 : -1;
  return [...runs].sort((a, b) => {
    const x = sortValue(a, column);
    const y = sortValue(b, column);
    if (x === null || y === null) return Number(x === null) - Number(y === null) || b.created_at - a.created_at;
    if (x === y) return b.created_at - a.created_at;
    return (x < y ? -1 : 1) * sign;
  });
}

/** The symbols of a run, the first ones by name. */
export function symbolsText(symbols: readonly string[]): string {
  if (symbols.length === 0) return "—";
  return symbols.length <= 2 ? symbols.join(", ") : `${symbols[0]} and ${symbols.length - 1} more`;
}
