//! The catalog of market data (Parquet) and the records (SQLite).
//!
//! What comes in: market data files, candles, trades, quotes and funding rates; result tables. What goes out: a folder
//! of Parquet files that MEM, pandas, Polars and DuckDB read, and files of results. Nothing here reaches a network, and
//! no file is ever half written.
//!
//! Modules in reading order: [`atomic`] (a file replaced as a whole), [`table`] (named columns to a file), [`catalog`] (market data in a folder),
//! [`import`] (files into the catalog), [`records`] (trades, memories, metrics, signals and logs in one SQLite file).

pub mod atomic;
pub mod catalog;
pub mod import;
mod parquet_columns;
pub mod records;
pub mod table;
