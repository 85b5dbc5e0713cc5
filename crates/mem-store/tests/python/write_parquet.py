"""Writes the same bars as Parquet in the ways of pandas and Polars, for the import to read.

usage: write_parquet.py FOLDER

Each file holds 1000 hourly bars from 2024-01-01 UTC with open = 100 + n % 17. Leaves with 77 if a library is missing.
"""

import sys
from datetime import datetime, timedelta

try:
    import pandas as pd
    import polars as pl
    import pyarrow  # noqa: F401  pandas writes Parquet through it
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(77)


def main(folder):
    start = datetime(2024, 1, 1)
    times = [start + timedelta(hours=hour) for hour in range(1000)]
    opens = [100.0 + n % 17 for n in range(1000)]
    prices = {
        "open": opens,
        "high": [price + 2 for price in opens],
        "low": [price - 1 for price in opens],
        "close": [price + 1 for price in opens],
        "volume": [float(n % 5) for n in range(1000)],
    }
    epoch = [int((time - datetime(1970, 1, 1)) / timedelta(milliseconds=1)) for time in times]

    indexed = pd.DataFrame(prices, index=pd.DatetimeIndex(times, name="timestamp"))
    indexed.to_parquet(f"{folder}/pandas_index_snappy.parquet", compression="snappy")
    indexed.tz_localize("UTC").to_parquet(f"{folder}/pandas_utc_zstd.parquet", compression="zstd")
    indexed.rename_axis(None).to_parquet(f"{folder}/pandas_nameless_index.parquet")
    pd.DataFrame({"open_time": epoch, **prices}).to_parquet(f"{folder}/pandas_milliseconds.parquet")
    whole = pd.DataFrame({"date": [str(time) for time in times], **prices}).astype({"volume": "int32", "open": "float32"})
    whole.to_parquet(f"{folder}/pandas_text_and_small_types.parquet", compression=None)

    frame = pl.DataFrame({"time": times, **prices})
    frame.write_parquet(f"{folder}/polars_zstd.parquet")
    frame.write_parquet(f"{folder}/polars_snappy.parquet", compression="snappy")
    for unit in ("ms", "us", "ns"):
        cast = frame.with_columns(pl.col("time").dt.cast_time_unit(unit).dt.replace_time_zone("UTC"))
        cast.write_parquet(f"{folder}/polars_{unit}.parquet", row_group_size=300)
    many = frame.with_columns(pl.lit("ABC").alias("symbol"), pl.lit([1, 2]).alias("nested"))
    many.write_parquet(f"{folder}/polars_symbol_and_nested.parquet")


if __name__ == "__main__":
    main(*sys.argv[1:])
