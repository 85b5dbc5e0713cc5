-- Texts about symbols with the scores that they were given. Nothing looks at a text before `timestamp`, when it was known here;
-- `key` tells texts of a symbol and source apart, so that none is taken twice.
CREATE TABLE sentiment_texts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    timestamp TEXT NOT NULL,
    symbol TEXT NOT NULL,
    source TEXT NOT NULL,
    key TEXT NOT NULL,
    text TEXT NOT NULL,
    url TEXT,
    published_at TEXT,
    scorer TEXT NOT NULL,
    score REAL NOT NULL,
    tone TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE UNIQUE INDEX idx_sentiment_texts_key ON sentiment_texts(symbol, source, key);
CREATE INDEX idx_sentiment_texts_time ON sentiment_texts(symbol, timestamp);
