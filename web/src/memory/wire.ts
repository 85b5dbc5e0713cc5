// What is remembered, by request.

import { get, query } from "../api/client";
import { given } from "../api/live";
import type { Schema } from "../api/types";

export type MemoryRow = Schema<"MemoryView">;

export type MemoryList = Schema<"MemoriesPage">;

/** Whether memory has helped, measured on outcomes that came later. */
export type Uplift = Schema<"UpliftView">;

/** A rule that memory has found, and what became of it afterwards. */
export type Pattern = Schema<"PatternView">;

export type MemoryStats = Schema<"MemoryStats">;

/** Situations like the one that a memory tells of, as known today. */
export type SimilarCases = Schema<"SimilarCases">;

export type DecisionList = Schema<"DecisionsPage">;

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
