//! The catalog of market data (Parquet) and the records (SQLite).
