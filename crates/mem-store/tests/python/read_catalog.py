"""Reads a catalog folder with pandas, Polars and DuckDB and compares it with what MEM exported.

usage: read_catalog.py CATALOG EXPECTED.csv

EXPECTED.csv is the export of bars binance_um/BTCUSDT/1m. Leaves with 77 if a library is missing, 1 if values differ.
"""

import sys

try:
    import duckdb
    import numpy as np
    import pandas as pd
    import polars as pl
    import pyarrow.dataset  # noqa: F401  pandas reads partitioned folders through it
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(77)

PRICES = ["open", "high", "low", "close", "volume"]


def same_bars(reader, frame, expected):
    """Frame: columns ts, prices and the partitions, of one series, in time order."""
    assert len(frame) == len(expected), (reader, len(frame), len(expected))
    times = frame["ts"]
    if reader == "duckdb":  # its nanosecond timestamps carry no zone; the instants are those of UTC
        times = times.dt.tz_localize("UTC")
    assert str(times.dtype) == "datetime64[ns, UTC]", (reader, times.dtype)
    assert (times == expected["timestamp"]).all(), reader
    for name in PRICES:
        np.testing.assert_array_equal(frame[name].to_numpy(), expected[name].to_numpy(), err_msg=f"{reader} {name}")


def pick(frame):
    mine = (frame["venue"] == "binance_um") & (frame["symbol"] == "BTCUSDT") & (frame["timeframe"] == "1m")
    return frame[mine].sort_values("ts").reset_index(drop=True)


def main(root, expected_path):
    expected = pd.read_csv(expected_path, dtype=str)
    expected["timestamp"] = pd.to_datetime(expected["timestamp"]).astype("datetime64[ns, UTC]")
    for name in PRICES:  # to the last bit, which pandas' own parser does not promise
        expected[name] = expected[name].map(float)

    frame = pd.read_parquet(f"{root}/bars")
    assert set(frame["timeframe"].unique()) == {"1m", "1h"}
    same_bars("pandas", pick(frame), expected)

    frame = pl.scan_parquet(f"{root}/bars/**/*.parquet", hive_partitioning=True)
    assert frame.collect_schema()["ts"] == pl.Datetime("ns", "UTC"), frame.collect_schema()
    same_bars("polars", pick(frame.collect().to_pandas()), expected)
    folder = pl.scan_parquet(f"{root}/bars", hive_partitioning=True).select(pl.len()).collect().item()
    assert folder == frame.select(pl.len()).collect().item(), "polars, the folder itself"

    frame = duckdb.sql(f"SELECT * FROM read_parquet('{root}/bars/**/*.parquet', hive_partitioning = true)").df()
    same_bars("duckdb", pick(frame), expected)
    types = duckdb.sql(f"SELECT typeof(ts), typeof(open) FROM read_parquet('{root}/bars/**/*.parquet') LIMIT 1").fetchall()[0]
    # TIMESTAMP_NS or TIMESTAMPTZ_NS, by version
    assert types[0].startswith("TIMESTAMP") and types[0].endswith("_NS") and types[1] == "DOUBLE", types

    trades = duckdb.sql(f"SELECT count(*), count(id), count(aggressor), min(date)::VARCHAR, max(date)::VARCHAR FROM "
                        f"read_parquet('{root}/trades/**/*.parquet', hive_partitioning = true)").fetchall()[0]
    assert trades == (500, 500, 333 + 1, "2024-08-08", "2024-08-09"), trades
    quotes = pl.scan_parquet(f"{root}/quotes/**/*.parquet", hive_partitioning=True).collect()
    assert quotes["bid"].null_count() == 167 and quotes["ask_qty"].null_count() == 125, quotes.null_count()
    funding = pd.read_parquet(f"{root}/funding")
    assert funding["rate"].tolist() == [1e-4] and str(funding["ts"][0]) == "2024-01-01 00:00:00+00:00"
    print("pandas, Polars and DuckDB agree with MEM")


if __name__ == "__main__":
    main(*sys.argv[1:])
