-- What the engine keeps beside the five tables: each decision with what it looked at and what came of it, orders, fills, the
-- ledger's entries, alerts, and what must survive a restart. Amounts of money are decimal text: they are exact.
CREATE TABLE decisions (
    decision INTEGER PRIMARY KEY,
    session TEXT NOT NULL,
    timestamp TEXT NOT NULL,
    symbol TEXT NOT NULL,
    strategy TEXT NOT NULL,
    intent TEXT NOT NULL,
    confidence REAL NOT NULL,
    price REAL NOT NULL,
    qty TEXT,
    memory_id INTEGER,
    detail TEXT NOT NULL,
    closed_at TEXT,
    pnl TEXT,
    return_pct REAL,
    exit TEXT
);
CREATE INDEX idx_decisions_timestamp ON decisions(timestamp);
CREATE INDEX idx_decisions_closed ON decisions(closed_at) WHERE closed_at IS NOT NULL;

CREATE TABLE orders (
    client_order_id TEXT PRIMARY KEY,
    timestamp TEXT NOT NULL,
    symbol TEXT NOT NULL,
    side TEXT NOT NULL,
    purpose TEXT NOT NULL,
    stage TEXT NOT NULL,
    decision INTEGER NOT NULL,
    qty TEXT NOT NULL,
    filled_qty TEXT NOT NULL,
    average_price TEXT,
    fees TEXT NOT NULL,
    venue_id INTEGER,
    reason TEXT,
    request TEXT NOT NULL,
    changed_at TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE fills (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    fill_id INTEGER NOT NULL UNIQUE,
    timestamp TEXT NOT NULL,
    client_order_id TEXT NOT NULL,
    symbol TEXT NOT NULL,
    side TEXT NOT NULL,
    price TEXT NOT NULL,
    qty TEXT NOT NULL,
    fee TEXT NOT NULL,
    fee_asset TEXT NOT NULL
);

CREATE TABLE ledger_entries (
    number INTEGER PRIMARY KEY,
    timestamp TEXT NOT NULL,
    kind TEXT NOT NULL,
    memo TEXT NOT NULL
);
CREATE TABLE ledger_postings (
    entry INTEGER NOT NULL REFERENCES ledger_entries(number),
    account TEXT NOT NULL,
    asset TEXT NOT NULL,
    amount TEXT NOT NULL
);
CREATE INDEX idx_ledger_postings_entry ON ledger_postings(entry);

CREATE TABLE alerts (
    id INTEGER PRIMARY KEY,
    timestamp TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    severity TEXT NOT NULL,
    state TEXT NOT NULL,
    message TEXT NOT NULL,
    detail TEXT NOT NULL
);

CREATE TABLE engine_state (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    changed_at TEXT NOT NULL
) WITHOUT ROWID;
