//! Catalog and strategy in, trustworthy backtests, metrics, run log and reports out.
