// What is remembered, by request.

import { get, query } from "../api/client";
import { given } from "../api/live";
import type { Decision, Similar } from "../trades/wire";

export interface MemoryRow {
  id: number;
  ts: number;
  memory_type: string;
  content: string;
  /** 0 to 1. */
  relevance_score: number;
  tags: string[];
  /** The decision that it tells of. */
  decision: number | null;
  /** Whether the trade that it tells of gained anything; null while that is not known, or where there is none. */
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
  /** What decisions brought whose confidence memory raised, in percent. */
  raised_return_pct: number | null;
  raised: number;
  lowered_return_pct: number | null;
  lowered: number;
}

/** A rule that memory has found, and what became of it afterwards. */
export interface Pattern {
  id: number;
  text: string;
  /** Part of the cases it was found on that gained something, 0 to 1. */
  win_rate: number;
  found_at: number;
  since: number;
  since_wins: number;
  active: boolean;
  retired_because: string | null;
}

export interface MemoryStats {
  by_type: Record<string, number>;
  total: number;
  average_relevance: number | null;
  /** 0 to 1. */
  success_rate: number | null;
  /** Trades that are over. */
  trades: number;
  measured_uplift: Uplift | null;
  patterns: Pattern[];
}

/** Situations like the one that a memory tells of, as known today. */
export interface SimilarCases {
  decision: number | null;
  cases: Similar[];
  /** Among how many decided cases they were looked for. */
  among: number;
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

export const fetchSimilar = (id: number, signal: AbortSignal): Promise<SimilarCases> =>
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
