// Round trips by request: the list, sums over it, and everything about one.

import { get, query } from "../api/client";
import { exportAddress, given } from "../api/live";
import type { Fill, OrderView, Trade, TradeList } from "../api/records";
import type { LiveBar } from "../live/messages";
import type { Filters } from "./filters";

/** What risk looked at before it let a decision pass. */
export interface Finding {
  check: string;
  passed: boolean;
  why: string;
}

/** A case that memory recalled, and what became of it. */
export interface Similar {
  id: number;
  distance: number;
  return_pct: number | null;
}

/** What memory said to a decision. */
export interface Judgement {
  /** 0 to 100. */
  raw: number;
  adjusted: number;
  /** 0 to 1. */
  base_probability: number;
  probability: number;
  known: number;
  weight: number;
  win_rate: number | null;
  expected_return_pct: number | null;
  similar: Similar[];
}

/** Something that happened to an order. */
export interface OrderEvent {
  ts: number;
  event: string;
  detail: string | null;
}

/** Everything about a round trip. */
export interface TradeDetail extends Trade {
  reasons: string[];
  votes: unknown;
  features: Record<string, number>;
  findings: Finding[];
  memory: Judgement | null;
  orders: (OrderView & { events: OrderEvent[] })[];
  fills: Fill[];
  model: Record<string, unknown> | null;
  bars: { timeframe: string; bars: LiveBar[] } | null;
}

/** Profits of closed trades, added up. */
export interface Profits {
  ts: number[];
  pnl: number[];
  cumulative: number[];
}

/** Trades by how sure the strategy was. */
export interface ConfidenceCounts {
  edges: number[];
  counts: number[];
  wins: number[];
  median: number | null;
}

/** What is filtered, as the server takes it. */
export function asked({
  symbol,
  side,
  result,
  confidence,
  from,
  to,
}: Filters): Record<string, string | number | undefined> {
  return { symbol, side, result, min_confidence: confidence, from, to };
}

export const fetchTrades = (
  filters: Filters,
  offset: number,
  limit: number,
  signal: AbortSignal | null = null,
): Promise<TradeList> =>
  get(`/api/live/trades?${query({ ...given(asked(filters)), sort: filters.sort, offset, limit })}`, signal);

export const fetchTrade = (decision: number, signal: AbortSignal | null = null): Promise<TradeDetail> =>
  get(`/api/live/trades/${decision}`, signal);

export const fetchProfits = (filters: Filters, signal: AbortSignal | null = null): Promise<Profits> =>
  get(`/api/live/pnl?${query({ bucket: "trade", ...given(asked(filters)) })}`, signal);

export const fetchConfidence = (filters: Filters, signal: AbortSignal | null = null): Promise<ConfidenceCounts> =>
  get(`/api/live/confidence?${query(given(asked(filters)))}`, signal);

/** Address of a download of the trades that are filtered. */
export const tradesExport = (format: "csv" | "parquet", filters: Filters): string =>
  exportAddress("trades", format, { ...asked(filters), sort: filters.sort });
