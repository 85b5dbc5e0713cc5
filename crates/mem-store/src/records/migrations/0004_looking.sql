-- What people look at. Finished round trips are narrow rows of their own, so that filters, sums and curves over all of them take
-- milliseconds; bars around them; what happened to orders; and who changed what, and why.
CREATE TABLE round_trips (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    decision INTEGER,
    symbol TEXT NOT NULL,
    strategy TEXT NOT NULL,
    side TEXT NOT NULL,
    qty TEXT NOT NULL,
    entry_ts TEXT NOT NULL,
    exit_ts TEXT NOT NULL,
    entry_price REAL NOT NULL,
    exit_price REAL,
    pnl REAL NOT NULL,
    return_pct REAL NOT NULL,
    fees REAL NOT NULL,
    confidence REAL NOT NULL,
    exit_reason TEXT NOT NULL,
    stop REAL,
    target REAL,
    memory_id INTEGER
);
CREATE INDEX idx_round_trips_exit ON round_trips(exit_ts);
CREATE INDEX idx_round_trips_decision ON round_trips(decision);
CREATE INDEX idx_round_trips_memory ON round_trips(memory_id);

CREATE TABLE order_events (
    client_order_id TEXT NOT NULL,
    timestamp TEXT NOT NULL,
    stage TEXT NOT NULL,
    filled_qty TEXT NOT NULL,
    reason TEXT
);
CREATE INDEX idx_order_events_order ON order_events(client_order_id);

CREATE TABLE trip_bars (
    symbol TEXT NOT NULL,
    length TEXT NOT NULL,
    open_ts INTEGER NOT NULL,
    open REAL NOT NULL,
    high REAL NOT NULL,
    low REAL NOT NULL,
    close REAL NOT NULL,
    volume REAL,
    PRIMARY KEY (symbol, length, open_ts)
) WITHOUT ROWID;

CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    timestamp TEXT NOT NULL,
    kind TEXT NOT NULL,
    who TEXT NOT NULL,
    why TEXT NOT NULL,
    detail TEXT NOT NULL,
    applied_at TEXT,
    reverts INTEGER
);

ALTER TABLE decisions ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;
UPDATE decisions SET refused = 1 WHERE EXISTS (
    SELECT 1 FROM json_each(decisions.detail, '$.findings') WHERE json_extract(value, '$.refused')
);

-- Trips that were over before there was this table: what nobody wrote down then (price and fees of the exit) stays unknown.
INSERT INTO round_trips (decision, symbol, strategy, side, qty, entry_ts, exit_ts, entry_price, pnl, return_pct, fees, confidence,
                         exit_reason, stop, target, memory_id)
SELECT decision, symbol, strategy, iif(intent = 'enter_short', 'short', 'long'), coalesce(qty, '0'), timestamp, closed_at,
       coalesce((SELECT CAST(average_price AS REAL) FROM orders
                 WHERE orders.decision = decisions.decision AND purpose = 'entry' AND average_price IS NOT NULL), price),
       CAST(pnl AS REAL), return_pct,
       coalesce((SELECT sum(CAST(fees AS REAL)) FROM orders WHERE orders.decision = decisions.decision), 0.0),
       confidence / 100.0, coalesce("exit", 'unknown'), json_extract(detail, '$.stop'), json_extract(detail, '$.target'), memory_id
FROM decisions WHERE closed_at IS NOT NULL ORDER BY closed_at, decision;

CREATE INDEX idx_decisions_looked_at ON decisions(symbol, intent, refused);
CREATE INDEX idx_orders_timestamp ON orders(timestamp, symbol, stage);
CREATE INDEX idx_orders_decision ON orders(decision);
CREATE INDEX idx_fills_order ON fills(client_order_id);
CREATE INDEX idx_fills_symbol ON fills(symbol);
CREATE INDEX idx_logs_level ON logs(level COLLATE NOCASE);
CREATE INDEX idx_metrics_series ON metrics(metric_name, timestamp, metric_value);
