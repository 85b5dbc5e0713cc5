// How everything is, as the server measures it.

export interface Latency {
  count: number;
  errors: number;
  p50_ms: number | null;
  p95_ms: number | null;
  p99_ms: number | null;
  max_ms: number | null;
}

export interface FeedEvent {
  at: number;
  socket: number;
  event: string;
  detail: string;
}

export interface Feed {
  venue: string;
  status: string;
  mode: string;
  age_ms: number | null;
  breaker: string;
  messages: number;
  errors: number;
  ping_ms: number | null;
  event_latency: Latency;
  failover: Latency;
  outage: Latency;
  requests: Latency;
  clock_offset_ms: number | null;
  reconnects: number;
  failbacks: number;
  sequence_gaps: number;
  duplicates: number;
  discarded: number;
  uptime_s: number;
  streams: { stream: string; delivered: number; missing: boolean; quiet_s: number | null }[];
  events: FeedEvent[];
}

export interface Health {
  ts: number;
  feeds: Feed[];
  errors: { per_minute: number; total: number };
  cpu: { process_pct: number | null; system_pct: number | null; cores: number };
  memory: { rss: number | null; system_total: number | null; system_available: number | null };
  disk: { free: number | null; total: number | null };
  queues: { name: string; depth: number; capacity: number }[];
  database: {
    size: number | null;
    wal: number | null;
    reads: number;
    writes: number;
    errors: number;
    write_queue: number;
    average_latency_us: number;
    max_latency_us: number;
  };
  decision_latency: Latency;
  uptime_s: number;
  clock_skew_ms: number | null;
  ws_clients: number;
  ws_skipped: number;
}

export interface HealthHistory {
  ts: number[];
  cpu_pct: (number | null)[];
  rss: (number | null)[];
  lag_ms: (number | null)[];
  feed_up: (number | null)[];
  errors: (number | null)[];
  uptime_pct: number | null;
}
