-- What models learn from, what they say, what became of it, and what was decided about them. Numbers that the reference kept as
-- NUMERIC(6,4), in which an RSI of 100 has no room, are REAL; times are RFC 3339 in UTC.
CREATE TABLE ml_models_metadata (
    model_id INTEGER PRIMARY KEY,
    model_name TEXT NOT NULL,
    model_version TEXT NOT NULL,
    model_type TEXT NOT NULL,
    model_path TEXT,
    training_timestamp TEXT NOT NULL,
    is_active INTEGER NOT NULL,
    stage TEXT NOT NULL,
    performance_metrics TEXT NOT NULL,
    hyperparameters TEXT NOT NULL,
    training_data_size INTEGER NOT NULL,
    record TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE UNIQUE INDEX idx_ml_models_title ON ml_models_metadata(model_name, model_version);

CREATE TABLE ml_predictions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    timestamp TEXT NOT NULL,
    symbol TEXT NOT NULL,
    timeframe TEXT NOT NULL,
    model_id INTEGER NOT NULL,
    model_version TEXT NOT NULL,
    role TEXT NOT NULL,
    predicted_direction TEXT NOT NULL,
    predicted_probability REAL NOT NULL,
    confidence_score REAL NOT NULL,
    prediction_horizon INTEGER NOT NULL,
    features_used TEXT NOT NULL,
    ensemble_weights TEXT,
    future_timestamp TEXT NOT NULL,
    actual_outcome TEXT,
    realized_return REAL,
    brier REAL,
    resolved_at TEXT,
    created_at TEXT NOT NULL
);
CREATE UNIQUE INDEX idx_ml_predictions_key ON ml_predictions(model_id, symbol, timestamp);
CREATE INDEX idx_ml_predictions_time ON ml_predictions(timestamp);

CREATE TABLE ml_labels (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    timestamp TEXT NOT NULL,
    symbol TEXT NOT NULL,
    timeframe TEXT NOT NULL,
    label_type TEXT NOT NULL,
    future_timestamp TEXT NOT NULL,
    label_value TEXT,
    realized_value REAL,
    is_realized INTEGER NOT NULL,
    created_at TEXT NOT NULL
);
CREATE UNIQUE INDEX idx_ml_labels_key ON ml_labels(symbol, timeframe, label_type, timestamp);
CREATE INDEX idx_ml_labels_realized ON ml_labels(is_realized, timestamp);

CREATE TABLE ml_features_ohlcv (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    timestamp TEXT NOT NULL,
    symbol TEXT NOT NULL,
    timeframe TEXT NOT NULL,
    open_price REAL NOT NULL,
    high_price REAL NOT NULL,
    low_price REAL NOT NULL,
    close_price REAL NOT NULL,
    volume REAL,
    vwap REAL,
    atr REAL,
    rsi REAL,
    macd REAL,
    macd_signal REAL,
    macd_histogram REAL,
    bollinger_upper REAL,
    bollinger_middle REAL,
    bollinger_lower REAL,
    stoch_k REAL,
    stoch_d REAL,
    williams_r REAL,
    cci REAL,
    adx REAL,
    obv REAL,
    mfi REAL,
    created_at TEXT NOT NULL
);
CREATE UNIQUE INDEX idx_ml_features_ohlcv_key ON ml_features_ohlcv(symbol, timeframe, timestamp);

CREATE TABLE ml_features_sentiment (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    timestamp TEXT NOT NULL,
    symbol TEXT NOT NULL,
    source TEXT NOT NULL,
    score REAL NOT NULL,
    momentum REAL,
    volatility REAL,
    bullish_ratio REAL,
    bearish_ratio REAL,
    neutral_ratio REAL,
    texts INTEGER NOT NULL,
    created_at TEXT NOT NULL
);
CREATE UNIQUE INDEX idx_ml_features_sentiment_key ON ml_features_sentiment(symbol, source, timestamp);

CREATE TABLE feature_drift_metrics (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    timestamp TEXT NOT NULL,
    model_id INTEGER NOT NULL,
    symbol TEXT NOT NULL,
    feature_name TEXT NOT NULL,
    ks_statistic REAL,
    ks_p_value REAL,
    psi REAL,
    drift_severity TEXT NOT NULL,
    drift_detected INTEGER NOT NULL,
    created_at TEXT NOT NULL
);
CREATE INDEX idx_feature_drift_model ON feature_drift_metrics(model_id, timestamp);

CREATE TABLE model_performance_history (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    timestamp TEXT NOT NULL,
    model_id INTEGER NOT NULL,
    role TEXT NOT NULL,
    samples INTEGER NOT NULL,
    brier REAL,
    log_loss REAL,
    accuracy REAL,
    verdict TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE INDEX idx_model_performance_model ON model_performance_history(model_id, id);

CREATE TABLE canary_deployment_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    timestamp TEXT NOT NULL,
    model_id INTEGER NOT NULL,
    champion_id INTEGER,
    event_type TEXT NOT NULL,
    phase TEXT NOT NULL,
    share REAL NOT NULL,
    why TEXT NOT NULL,
    numbers TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE INDEX idx_canary_events_model ON canary_deployment_events(model_id);

CREATE TABLE ml_eval_history (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    timestamp TEXT NOT NULL,
    candidate_id INTEGER NOT NULL,
    baseline_id INTEGER,
    test_from TEXT NOT NULL,
    test_to TEXT NOT NULL,
    metrics TEXT NOT NULL,
    decision TEXT NOT NULL,
    reason TEXT NOT NULL,
    created_at TEXT NOT NULL
);

CREATE TABLE ml_training_jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    timestamp TEXT NOT NULL,
    line TEXT NOT NULL,
    event_type TEXT NOT NULL,
    trigger_reason TEXT NOT NULL,
    status TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    not_before TEXT,
    started_at TEXT,
    finished_at TEXT,
    model_id INTEGER,
    error_message TEXT,
    created_at TEXT NOT NULL
);
CREATE INDEX idx_ml_training_jobs_status ON ml_training_jobs(status, id);

CREATE TABLE retraining_logs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    timestamp TEXT NOT NULL,
    job_id INTEGER NOT NULL,
    level TEXT NOT NULL,
    message TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE INDEX idx_retraining_logs_job ON retraining_logs(job_id);

CREATE TABLE dashboard_data (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    timestamp TEXT NOT NULL,
    symbol TEXT NOT NULL,
    timeframe TEXT NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    model_version TEXT,
    created_at TEXT NOT NULL
);
CREATE INDEX idx_dashboard_data_kind ON dashboard_data(kind, symbol, timeframe, id);
