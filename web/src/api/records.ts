// What the live side of the server tells: how the engine stands, and what is on record. Times are milliseconds since the
// Unix epoch; what is undefined is null.

export type Side = "long" | "short";

export interface Position {
  symbol: string;
  side: Side;
  qty: string;
  entry_price: number;
  last_price: number | null;
  unrealised_pnl: number | null;
  return_pct: number | null;
  opened_at: number | null;
  decision: number | null;
  stop: number | null;
  target: number | null;
}

export interface Latency {
  count: number;
  errors: number;
  p50_ms: number | null;
  p95_ms: number | null;
  p99_ms: number | null;
  max_ms: number | null;
}

export interface FeedState {
  venue: string;
  status: "healthy" | "degraded" | "unhealthy";
  mode: "websocket" | "rest" | "disconnected";
  /** How long ago its last message came. */
  age_ms: number | null;
  breaker: string;
}

export interface WindowFigures {
  window: string;
  complete: boolean;
  trades: number;
  wins: number;
  losses: number;
  win_rate: number | null;
  profit_factor: number | null;
  pnl: number;
  gross_profit: number;
  gross_loss: number;
  sharpe: number | null;
  max_drawdown_pct: number | null;
  drawdown_pct: number | null;
  slippage_bps: number | null;
}

export interface Figures {
  at: number;
  recent: WindowFigures;
  spans: WindowFigures[];
  total: {
    trades: number;
    wins: number;
    losses: number;
    win_rate: number | null;
    profit_factor: number | null;
    return_pct: number | null;
    sharpe: number | null;
    max_drawdown_pct: number | null;
    drawdown_pct: number | null;
    losing_streak: number;
  };
}

export type Severity = "info" | "yellow" | "red";

export interface Alert {
  id: number;
  kind: string;
  subject: string;
  severity: Severity;
  state: string;
  message: string;
  value: number | null;
  limit: number | null;
  raised_at: number;
  escalated_at: number | null;
  acknowledged_by: string | null;
  acknowledged_at: number | null;
  recovered_at: number | null;
}

export type Reach = "above" | "below" | "cross";

/** A price that somebody wants to be told of. */
export interface Watched {
  id: number;
  symbol: string;
  reach: Reach;
  price: number;
  note: string;
  repeating: boolean;
}

export type Mode = "simulated" | "paper" | "live" | "research";

/** How the engine stands. */
export interface Board {
  session: string;
  venue: string;
  mode: Mode;
  started_at: number;
  updated_at: number;
  market_time: number | null;
  currency: string;
  equity: number | null;
  cash: number;
  day_pnl: number | null;
  drawdown_pct: number;
  positions: Position[];
  open_orders: number;
  on_the_way: number;
  halts: string[];
  last_prices: Record<string, number>;
  alerts: { red: number; yellow: number; info: number };
  kill_switch: string | null;
  ledger_entries: number;
  balanced: boolean;
  decisions: number;
  events: number;
  queue: number;
  late_trades: number;
  decision_latency: Latency;
  feed: FeedState | null;
}

/** A decision as it was taken. */
export interface Signal {
  decision: number;
  ts: number;
  symbol: string;
  strategy: string;
  intent: string;
  confidence: number;
  price: number;
  stop: number | null;
  target: number | null;
  reasons: string[];
  qty: string | null;
  refused_by: string | null;
  refusal: string | null;
}

export interface OrderView {
  client_order_id: string;
  ts: number;
  symbol: string;
  side: "buy" | "sell";
  kind: string;
  purpose: string;
  stage: string;
  decision: number;
  qty: string;
  filled_qty: string;
  price: string | null;
  trigger_price: string | null;
  average_price: string | null;
  fees: string;
  reason: string | null;
  changed_at: number;
}

export interface Fill {
  id: number;
  ts: number;
  client_order_id: string;
  symbol: string;
  side: "buy" | "sell";
  price: string;
  qty: string;
  fee: string;
  fee_asset: string;
  purpose: string | null;
  decision: number | null;
}

export interface LogLine {
  id: number | null;
  ts: number;
  level: string;
  message: string;
  source: string | null;
}

/** A round trip, open ones too. */
export interface Trade {
  decision: number | null;
  symbol: string;
  strategy: string;
  side: Side;
  qty: string;
  entry_ts: number;
  exit_ts: number | null;
  entry_price: number;
  exit_price: number | null;
  pnl: number | null;
  return_pct: number | null;
  fees: number;
  duration_ms: number | null;
  /** 0 to 1. */
  confidence: number;
  exit_reason: string | null;
  stop: number | null;
  target: number | null;
  memory_id: number | null;
}

export interface TradeList {
  total: number;
  offset: number;
  rows: Trade[];
  totals: { trades: number; wins: number; pnl: number; fees: number };
}

export interface Summary {
  equity: number | null;
  currency: string;
  day_pnl: number | null;
  total_pnl: number | null;
  realised_pnl: number | null;
  fees: number;
  win_rate: number | null;
  trades: number;
  avg_confidence: number | null;
  open_positions: Position[];
  equity_curve: { ts: number[]; equity: number[]; drawdown_pct: number[] };
  alerts: Alert[];
  feed: FeedState | null;
  started_at: number | null;
  since: number | null;
}
