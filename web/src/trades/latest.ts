// The latest closed trades: those on record, and those that close while one looks.

import { useMemo } from "preact/hooks";

import { useLoad } from "../api/load";
import type { Trade } from "../api/records";
import { useLive } from "../live/live";
import { upsert } from "../live/merge";
import { EVERY_TRADE } from "./filters";
import { fetchTrades } from "./wire";

/** At most so many, of a symbol or of all (the empty text); null before anything is known. */
export function useLatestTrades(symbol: string, most: number): Trade[] | null {
  const kept = useLoad(`latest ${most} trades ${symbol}`, (signal) =>
    fetchTrades({ ...EVERY_TRADE, symbol }, 0, most, signal),
  ).data;
  const live = useLive("closed")?.data.trades;
  return useMemo(() => {
    if (kept === null && live === undefined) return null;
    const seen = (live ?? []).filter((trade) => symbol === "" || trade.symbol === symbol);
    return upsert(
      kept?.rows ?? [],
      seen,
      (trade) => trade.decision ?? `${trade.symbol} ${trade.entry_ts}`,
      ({ entry_ts, exit_ts }) => exit_ts ?? entry_ts,
      most,
    );
  }, [kept, live, symbol, most]);
}
