// What comes over the WebSocket: one shape a topic. Times are milliseconds since the Unix epoch.

import type {
  Alert,
  Board,
  Fill,
  LogLine,
  Mode,
  OrderView,
  Position,
  Signal,
  Figures,
  Trade,
  Watched,
} from "../api/records";
import type { Health } from "../health/wire";

/** [time, price, quantity] of a trade of the market. */
export type MarketTrade = [number, number, number];

/** [open time, open, high, low, close, volume] of a bar. */
export type LiveBar = [number, number, number, number, number, number | null];

/** What each topic holds. A snapshot is all of it, a delta what is new or has changed. */
export interface Topics {
  status: Board;
  trades: { trades: MarketTrade[]; left_out: number };
  quotes: { bid: number; bid_qty: number | null; ask: number; ask_qty: number | null; ts: number };
  bars: { timeframe: string; bars: LiveBar[]; closed: boolean };
  prices: { prices: Record<string, [number, number]> };
  signals: { signals: Signal[] };
  orders: { orders: OrderView[] };
  fills: { fills: Fill[] };
  positions: { positions: Position[] };
  closed: { trades: Trade[] };
  metrics: { figures: Figures | null; equity: [number, number] | null; day_pnl: number | null; drawdown_pct: number };
  alerts: { active: Alert[]; watched: Watched[] };
  logs: { logs: LogLine[] };
  health: Health;
  config: { version: number; changed: string[] };
}

/** The name of a topic. */
export type Topic = keyof Topics;

/** What this server is. */
export interface Hello {
  version: string;
  session: string | null;
  mode: Mode;
  market_time: number | null;
  time: number;
  flush_ms: number;
  /** What can be subscribed to by symbol. */
  symbols: string[];
}

/** A frame of a stream; `seq` counts up by one within each topic and symbol. */
export interface Frame {
  type: "snapshot" | "delta";
  topic: Topic;
  symbol: string | null;
  seq: number;
  data: unknown;
}

/** Everything that the server says. */
export type ServerMessage =
  | ({ type: "hello" } & Hello)
  | Frame
  | { type: "skipped"; count: number }
  | { type: "pong"; time: number }
  | { type: "error"; message: string };
