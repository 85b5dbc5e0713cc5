"""MEM's records beside Python's sqlite3, on the same trades, in turn, in one run.

    python bench/sqlite.py [--rounds N] [--rows N] [--json]

A million trades are made from a fixed seed and written to a file that both sides read before the clock runs. In each
round Python inserts and queries first, then MEM does (`cargo bench -p mem-store --bench records`); medians over the rounds
are printed side by side. Both use the reference's trades table with its two indexes, a write-ahead log, and
synchronous=NORMAL unless said otherwise; Python's side is as its manual suggests: executemany within a transaction, and
autocommit for single rows. Only the standard library is needed.
"""

import argparse
import json
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
MIGRATION = REPOSITORY / "crates/mem-store/src/records/migrations/0001_tables.sql"
COLUMNS = "timestamp, symbol, action, price, quantity, pnl, confidence, strategy, tags, created_at, updated_at"
INSERT = f"INSERT INTO trades ({COLUMNS}) VALUES ({', '.join('?' * 11)})"
BATCH, BATCHED, SINGLES, QUERIES, WARM = 10_000, 200_000, 4_000, 2_000, 200


def make_rows(count):
    rnd = random.Random(20240131)
    start = datetime(2020, 1, 1, tzinfo=timezone.utc)
    symbols = [f"SIM-{name}" for name in ("ALPHA", "BETA", "GAMMA", "DELTA", "EPSILON", "ZETA", "ETA", "THETA", "IOTA", "KAPPA")]
    tags = ['["trend"]', '["breakout", "volume"]', '["mean-reversion"]']
    now = datetime.now(timezone.utc).isoformat()
    rows = []
    for minute in range(count):
        at = (start + timedelta(minutes=minute)).isoformat()
        rows.append((
            at, rnd.choice(symbols), rnd.choice(("buy", "sell")), round(rnd.uniform(10, 50_000), 2),
            round(rnd.uniform(0.01, 20), 4), round(rnd.gauss(1, 40), 4), round(rnd.uniform(0, 100), 2),
            rnd.choice(("confluence", "fast_score", "ma_cross")), rnd.choice(tags), now, now,
        ))
    return rows


def fresh(path, synchronous):
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(f"PRAGMA synchronous={synchronous}")
    connection.executescript(MIGRATION.read_text())
    return connection


def insert_in_batches(connection, rows):
    for first in range(0, len(rows), BATCH):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(INSERT, rows[first:first + BATCH])
        connection.execute("COMMIT")


def timed(calls, call):
    times = []
    for n in range(calls + WARM):
        started = time.perf_counter_ns()
        call(n)
        if n >= WARM:
            times.append((time.perf_counter_ns() - started) / 1e3)
    return sorted(times)


def percentile(ordered, percent):
    return ordered[(len(ordered) - 1) * percent // 100]


def python_round(path, rows):
    figures = {}
    rates, with_close = [], []
    for _ in range(5):
        connection = fresh(path, "NORMAL")
        started = time.perf_counter()
        insert_in_batches(connection, rows[:BATCHED])
        rates.append(BATCHED / (time.perf_counter() - started))
        connection.close()
        with_close.append(BATCHED / (time.perf_counter() - started))
    figures["batch insert, 10k a transaction"] = statistics.median(rates)
    figures["batch insert, closing included"] = statistics.median(with_close)
    for synchronous in ("NORMAL", "FULL"):
        connection = fresh(path, synchronous)
        times = timed(SINGLES, lambda n: connection.execute(INSERT, rows[n]))
        figures[f"single insert, {synchronous}, p50"] = percentile(times, 50)
        figures[f"single insert, {synchronous}, p95"] = percentile(times, 95)
        connection.close()
    connection = fresh(path, "NORMAL")
    started = time.perf_counter()
    insert_in_batches(connection, rows)
    figures["load of all rows in batches"] = len(rows) / (time.perf_counter() - started)
    symbols = sorted({row[1] for row in rows[:5_000]})
    query = "SELECT * FROM trades WHERE symbol = ? ORDER BY id DESC LIMIT 100"
    times = timed(QUERIES, lambda n: connection.execute(query, (symbols[n % len(symbols)],)).fetchall())
    figures["a symbol's last 100 of 1M, p50"] = percentile(times, 50)
    figures["a symbol's last 100 of 1M, p95"] = percentile(times, 95)
    daily = """SELECT substr(timestamp, 1, 10), count(*), sum(pnl > 0), sum(pnl < 0), sum(pnl),
               sum(CASE WHEN pnl > 0 THEN pnl ELSE 0 END), sum(CASE WHEN pnl < 0 THEN -pnl ELSE 0 END)
               FROM trades GROUP BY 1"""
    times = []
    for _ in range(3):
        started = time.perf_counter()
        connection.execute(daily).fetchall()
        times.append((time.perf_counter() - started) * 1e3)
    figures["daily metrics over 1M"] = statistics.median(times)
    connection.close()
    return figures


def mem_round(rows_file, folder):
    command = ["cargo", "bench", "--quiet", "-p", "mem-store", "--bench", "records", "--", "--json", "--rows", rows_file]
    environment = {**os.environ, "MEM_BENCH_DIR": folder}
    output = subprocess.run(command, cwd=REPOSITORY, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
    lines = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    return {line["name"]: line["value"] for line in lines}, {line["name"]: line["unit"] for line in lines}


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--json", action="store_true", help="one line a figure")
    options = arguments.parse_args()
    rows = make_rows(options.rows)
    with tempfile.TemporaryDirectory() as folder:
        rows_file = os.path.join(folder, "rows.tsv")
        with open(rows_file, "w", encoding="utf-8") as out:
            out.writelines("\t".join(map(str, row[:9])) + "\n" for row in rows)
        python, mem, units = [], [], {}
        for number in range(options.rounds):
            print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
            python.append(python_round(os.path.join(folder, "python.db"), rows))
            figures, units = mem_round(rows_file, folder)
            mem.append(figures)
    if not options.json:
        print(f"{len(rows):,} trades; Python {sys.version.split()[0]} with SQLite {sqlite3.sqlite_version}; "
              f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
        print(f"{'':<46} {'python':>12} {'mem':>12} {'unit':<9} {'mem is':>8}")
    for name, unit in units.items():
        ours = statistics.median(figures[name] for figures in mem)
        theirs = statistics.median(figures[name] for figures in python) if name in python[0] else None
        ratio = None if theirs is None else (ours / theirs if unit == "rows/s" else theirs / ours)
        if options.json:
            print(json.dumps({"bench": "sqlite", "name": name, "unit": unit, "python": theirs, "mem": ours, "ratio": ratio}))
        else:
            left = "" if theirs is None else f"{theirs:.1f}"
            right = "" if ratio is None else f"{ratio:.2f}x"
            print(f"{name:<46} {left:>12} {ours:>12.1f} {unit:<9} {right:>8}")


if __name__ == "__main__":
    main()
