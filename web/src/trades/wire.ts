// Round trips by request: the list, sums over it, and everything about one.

import { get, query } from "../api/client";
import { exportAddress, given } from "../api/live";
import type { Fill, OrderView, Trade, TradeList } from "../api/records";
import type { Schema } from "../api/types";
import type { LiveBar } from "../live/messages";
import type { Filters } from "./filters";

/** What a check of risk had to say, where it did not just let the order pass as it was. */
export type Finding = Schema<"FindingView">;

/** A case that memory recalled, and what became of it. */
export type Similar = Schema<"SimilarView">;

/** What memory said to a decision. */
export type Judgement = Schema<"JudgementView">;

/** Something that happened to an order. */
export type OrderEvent = Schema<"OrderEventView">;

/** A decision with what risk had to say to it. */
export type Decision = Schema<"DecisionView">;

/** What a model had to do with a decision. */
export type ModelWord = Schema<"ModelWordView">;

/** Everything about a round trip. */
export interface TradeDetail extends Trade {
  entry_decision: Decision;
  exit_decision: Decision | null;
  reasons: string[];
  features: Record<string, number | null>;
  findings: Finding[];
  memory: Judgement | null;
  /** What a model had to say; null where none was asked. */
  model: ModelWord | null;
  memory_content: string | null;
  orders: (OrderView & { events: OrderEvent[] })[];
  fills: Fill[];
  bars: { timeframe: string; bars: LiveBar[] } | null;
}

/** Profits of closed trades, added up. */
export type Profits = Schema<"PnlCurve">;

/** Trades by how sure the strategy was. */
export type ConfidenceCounts = Schema<"ConfidenceHistogram">;

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

/** Profits of every side, result and confidence: symbol and time alone choose among them. */
export const fetchProfits = ({ symbol, from, to }: Filters, signal: AbortSignal | null = null): Promise<Profits> =>
  get(`/api/live/pnl?${query({ bucket: "trade", ...given({ symbol, from, to }) })}`, signal);

export const fetchConfidence = (filters: Filters, signal: AbortSignal | null = null): Promise<ConfidenceCounts> =>
  get(`/api/live/confidence?${query(given(asked(filters)))}`, signal);

/** Address of a download of the trades that are filtered. */
export const tradesExport = (format: "csv" | "parquet", filters: Filters): string =>
  exportAddress("trades", format, asked(filters));
