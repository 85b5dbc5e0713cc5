// What the live side of the server tells: how the engine stands, and what is on record. Times are milliseconds since the
// Unix epoch; what is undefined is null.

import type { Schema, Worded } from "./types";

export type Side = "long" | "short";

export type Position = Worded<Schema<"PositionView">, { side: Side }>;

export type Latency = Schema<"LatencyView">;

export type FeedState = Worded<
  Schema<"FeedState">,
  { status: "healthy" | "degraded" | "unhealthy"; mode: "websocket" | "rest" | "disconnected" }
>;

export type WindowFigures = Schema<"WindowView">;

export type Figures = Schema<"FiguresView">;

export type Severity = "info" | "yellow" | "red";

export type Alert = Worded<Schema<"AlertView">, { severity: Severity }>;

export type Reach = Schema<"ReachView">;

/** A price that somebody wants to be told of. */
export type Watched = Schema<"WatchedView">;

export type Mode = Schema<"Mode">;

/** How the engine stands. */
export type Board = Worded<Schema<"BoardView">, { positions: Position[]; feed: FeedState | null }>;

/** A decision as it was taken. */
export type Signal = Schema<"SignalView">;

export type OrderView = Worded<Schema<"OrderView">, { side: "buy" | "sell" }>;

export type Fill = Worded<Schema<"FillView">, { side: "buy" | "sell" }>;

export type LogLine = Schema<"LogView">;

/** A round trip, open ones too. */
export type Trade = Worded<Schema<"TradeView">, { side: Side }>;

export type TradeList = Worded<Schema<"TradesPage">, { rows: Trade[] }>;

export type Summary = Worded<
  Schema<"Summary">,
  { alerts: Alert[]; feed: FeedState | null; open_positions: Position[] }
>;
