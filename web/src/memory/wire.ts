// What is remembered, by request.

import { get, query } from "../api/client";
import { given } from "../api/live";
import type { Signal } from "../api/records";
import type { Finding } from "../trades/wire";

export interface MemoryRow {
  id: number;
  ts: number;
  memory_type: string;
  content: string;
  /** 0 to 1. */
  relevance_score: number;
  tags: string[];
  /** Decisions of trades that it is about. */
  related_trades: number[];
  decision: number | null;
  /** Whether what it tells of made money; null while that is open. */
  success: boolean | null;
}

export interface MemoryList {
  total: number;
  rows: MemoryRow[];
}

/** Whether memory has helped, measured on outcomes that came later. */
export interface Uplift {
  judged: number;
  brier_without: number;
  brier_with: number;
  /** Above zero where memory helps. */
  improvement: number;
  standard_error: number;
}

/** A rule about when trades win, tested on cases it had not seen. */
export interface Pattern {
  text: string;
  support: number;
  wins: number;
  base_rate: number;
  p_adjusted: number;
}

export interface MemoryStats {
  by_type: Record<string, number>;
  total: number;
  average_relevance: number | null;
  /** 0 to 1. */
  success_rate: number | null;
  measured_uplift: Uplift | null;
  patterns: Pattern[];
}

/** A situation like another one. */
export interface SimilarCase {
  decision: number;
  memory_id: number | null;
  ts: number;
  symbol: string;
  distance: number;
  return_pct: number | null;
}

export interface Decision extends Signal {
  findings: Finding[];
  memory_id: number | null;
  pnl: number | null;
  return_pct: number | null;
}

export interface DecisionList {
  total: number;
  rows: Decision[];
}

/** Which memories. */
export interface MemoryFilters {
  type: string;
  q: string;
  symbol: string;
}

export const fetchMemories = (
  { type, q, symbol }: MemoryFilters,
  limit: number,
  signal: AbortSignal,
): Promise<MemoryList> => get(`/api/live/memories?${query(given({ type, q, symbol, limit }))}`, signal);

export const fetchStats = (signal: AbortSignal): Promise<MemoryStats> => get("/api/live/memories/stats", signal);

export const fetchSimilar = (id: number, signal: AbortSignal): Promise<{ rows: SimilarCase[] }> =>
  get(`/api/live/memories/${id}/similar?limit=10`, signal);

/** Which decisions. */
export interface DecisionFilters {
  symbol: string;
  intent: string;
  refused: string;
}

export const fetchDecisions = (
  { symbol, intent, refused }: DecisionFilters,
  limit: number,
  signal: AbortSignal,
): Promise<DecisionList> => get(`/api/live/decisions?${query(given({ symbol, intent, refused, limit }))}`, signal);
