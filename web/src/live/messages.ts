// What comes over the WebSocket: one shape a topic. Times are milliseconds since the Unix epoch. Shapes come from the
// server's description.

import type { Alert, Board, Fill, LogLine, OrderView, Position, Signal, Trade, Watched } from "../api/records";
import type { Schema } from "../api/types";
import type { Health } from "../health/wire";

/** The name of a topic. */
export type Topic = Schema<"Topic">;

/** [time, price, quantity] of a trade of the market. */
export type MarketTrade = Schema<"TradesData">["trades"][number];

/** [open time, open, high, low, close, volume] of a bar. */
export type LiveBar = Schema<"BarsData">["bars"][number];

/** A table with something for each topic, no more and no less. */
type Each<Table extends Record<Topic, unknown>> = { [Name in Topic]: Table[Name] };

/** What each topic holds. A snapshot is all of it, a delta what is new or has changed. */
export type Topics = Each<{
  status: Board;
  trades: Schema<"TradesData">;
  quotes: Schema<"QuoteData">;
  bars: Schema<"BarsData">;
  prices: Schema<"PricesData">;
  signals: { signals: Signal[] };
  orders: { orders: OrderView[] };
  fills: { fills: Fill[] };
  positions: { positions: Position[] };
  closed: { trades: Trade[] };
  metrics: Schema<"MetricsData">;
  alerts: { active: Alert[]; watched: Watched[] };
  logs: { logs: LogLine[] };
  health: Health;
  config: Schema<"ConfigData">;
  models: Schema<"ModelsData">;
}>;

type Message = Schema<"ServerMessage">;

/** What this server is. */
export type Hello = Extract<Message, { type: "hello" }>;

/** A frame of a stream; `seq` counts up by one within each topic and symbol. */
export interface Frame {
  type: "snapshot" | "delta";
  topic: Topic;
  symbol: string | null;
  seq: number;
  data: unknown;
}

/** Everything that the server says. */
export type ServerMessage = Frame | Exclude<Message, { type: "snapshot" | "delta" }>;
