// Decisions, fills and closed trades in one list.

import type { Fill, Signal, Trade } from "../api/records";

interface Common {
  key: string;
  /** By the market's clock. */
  ts: number;
  symbol: string;
  /** Where more is told. */
  address: string;
}

/** Something that happened. */
export type Happening = Common &
  ({ kind: "decision"; signal: Signal } | { kind: "fill"; fill: Fill } | { kind: "closed"; trade: Trade });

const rank = { closed: 2, fill: 1, decision: 0 } as const;

/** The newest, what follows from something else above it. */
export function happenings(
  signals: readonly Signal[],
  fills: readonly Fill[],
  closed: readonly Trade[],
  most: number,
): Happening[] {
  const trade = (decision: number | null): string => (decision === null ? "/trades" : `/trades?trade=${decision}`);
  const all: Happening[] = [
    ...signals.map((signal): Happening => ({
      kind: "decision",
      key: `d${signal.decision}`,
      ts: signal.ts,
      symbol: signal.symbol,
      address: trade(signal.decision),
      signal,
    })),
    ...fills.map((fill): Happening => ({
      kind: "fill",
      key: `f${fill.id}`,
      ts: fill.ts,
      symbol: fill.symbol,
      address: trade(fill.decision),
      fill,
    })),
    ...closed.map((one): Happening => ({
      kind: "closed",
      key: `c${one.symbol}${one.entry_ts}`,
      ts: one.exit_ts ?? one.entry_ts,
      symbol: one.symbol,
      address: trade(one.decision),
      trade: one,
    })),
  ];
  return all.sort((a, b) => b.ts - a.ts || rank[b.kind] - rank[a.kind]).slice(0, most);
}
