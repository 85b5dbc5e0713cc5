"""Reads the same million bars with MEM, Polars and pyarrow in one run, and prints the ratios.

usage: python bench/catalog.py

Needs cargo, and a python with the packages of requirements.txt. `cargo bench -p mem-store --bench catalog` writes the
series, measures MEM and keeps the folder; Polars, pyarrow and pandas then read that very file, on one thread as MEM
does and on all they like. Medians of nine runs, file cache warm. Polars and pyarrow keep the memory of the read before
for the next one; MEM, which reads a series once, asks the system for it each time, and that is part of its figure.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

RUNS = 9


def median_seconds(read):
    seconds = []
    for _ in range(RUNS):
        start = time.perf_counter()
        read()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def peers(path, threads):
    """Run in a process of its own: Polars takes its number of threads when it is loaded."""
    import polars as pl
    import pyarrow.parquet as pq

    readers = {
        "Polars": lambda: pl.read_parquet(path),
        "pyarrow": lambda: pq.read_table(path, use_threads=threads > 1, partitioning=None),
    }
    if threads == 1:
        import pandas as pd

        readers["pandas"] = lambda: pd.read_parquet(path, partitioning=None)
    for name, read in readers.items():
        read()
        print(json.dumps({"name": name, "threads": threads, "bars_per_second": 1_000_000 / median_seconds(read)}))


def main():
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
    with tempfile.TemporaryDirectory() as folder:
        bench = ["cargo", "bench", "--quiet", "-p", "mem-store", "--bench", "catalog", "--", "--json", "--keep", folder]
        lines = subprocess.run(bench, cwd=root, check=True, capture_output=True, text=True).stdout.splitlines()
        figures = {figure["name"]: figure for figure in map(json.loads, lines) if figure.get("bench") == "catalog"}
        ours = figures["read 1M bars"]["value"]
        path = f"{folder}/bars/venue=simulated/symbol=BENCH/timeframe=1m/bars.parquet"
        print(f"{'reader':<10} {'threads':>7} {'M bars/s':>10} {'MEM is':>8}")
        print(f"{'MEM':<10} {1:>7} {ours / 1e6:>10.1f}")
        for threads in (1, os.cpu_count()):
            environment = {**os.environ, "POLARS_MAX_THREADS": str(threads)}
            command = [sys.executable, os.path.abspath(__file__), "--peers", path, str(threads)]
            out = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
            for figure in map(json.loads, out.splitlines()):
                rate = figure["bars_per_second"]
                print(f"{figure['name']:<10} {threads:>7} {rate / 1e6:>10.1f} {ours / rate:>7.2f}x")
        for name, figure in figures.items():
            print(f"MEM: {name:<28} {figure['value']:>14.1f} {figure['unit']}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peers"]:
        peers(sys.argv[2], int(sys.argv[3]))
    else:
        main()
