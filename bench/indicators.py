"""Indicators over whole columns: TA-Lib's C against MEM, in one run and by turns.

Usage: python bench/indicators.py [--bars N] [--rounds N] [--json] [--only NAME]
Needs numpy and TA-Lib (bench/requirements.txt) and cargo; builds MEM's bench program in the release profile.

Both read the same seeded random walk from memory and are timed by the processor time of their thread. TA-Lib is called
through its Python wrapper, which allocates its outputs; freed memory is kept by the process, so that fresh pages are
not part of the figures. MEM fills columns that are used again. NumPy asks the system for large pages; the C library is
told to do so for both. A figure is the median over rounds of each round's
fastest call. Parameters are MEM's defaults; where MEM gives more outputs than TA-Lib's function it computes all of
them (tsi with its signal, supertrend and psar with the trend, adx with both DIs, aroon with the oscillator).
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

if "MALLOC_TRIM_THRESHOLD_" not in os.environ:
    keep = {"MALLOC_TRIM_THRESHOLD_": "8589934592", "MALLOC_MMAP_THRESHOLD_": "1073741824", "MALLOC_TOP_PAD_": "268435456"}
    os.environ.update(keep, GLIBC_TUNABLES="glibc.malloc.hugetlb=1")
    os.execv(sys.executable, [sys.executable] + sys.argv)

import numpy as np
import talib


def walk(count):
    """Bars of a geometric random walk, 0.1 % a bar."""
    rng = np.random.default_rng(20251016)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.001, count)))
    open_ = np.concatenate(([100.0], close[:-1])) * np.exp(rng.normal(0.0, 0.0001, count))
    high = np.maximum(open_, close) * np.exp(np.abs(rng.normal(0.0, 0.0005, count)))
    low = np.minimum(open_, close) * np.exp(-np.abs(rng.normal(0.0, 0.0005, count)))
    volume = np.exp(rng.normal(3.0, 0.8, count))
    return open_, high, low, close, volume


def peers(high, low, close, volume):
    """TA-Lib's calls by the name of the indicator, with MEM's default parameters."""
    h, l, c, v = high, low, close, volume
    return {
        "rsi": lambda: talib.RSI(c, 14),
        "stochastic": lambda: talib.STOCH(h, l, c, 14, 3, 0, 3, 0),
        "williams_r": lambda: talib.WILLR(h, l, c, 14),
        "cci": lambda: talib.CCI(h, l, c, 20),
        "roc": lambda: talib.ROC(c, 12),
        "momentum": lambda: talib.MOM(c, 10),
        "tsi": lambda: talib.TSI(c, 25, 13),
        "macd": lambda: talib.MACD(c, 12, 26, 9),
        "adx": lambda: talib.ADX(h, l, c, 14),
        "aroon": lambda: talib.AROON(h, l, 25),
        "supertrend": lambda: talib.SUPERTREND(h, l, c, 10, 3.0),
        "psar": lambda: talib.SAR(h, l, 0.02, 0.2),
        "atr": lambda: talib.ATR(h, l, c, 14),
        "true_range": lambda: talib.TRANGE(h, l, c),
        "bollinger_bands": lambda: talib.BBANDS(c, 20, 2.0, 2.0),
        "keltner_channels": lambda: talib.KC(h, l, c, 20, 10, 2.0),
        "donchian_channels": lambda: talib.DONCHIAN(h, l, 20),
        "std_dev": lambda: talib.STDDEV(c, 20, 1.0),
        "obv": lambda: talib.OBV(c, v),
        "ad_line": lambda: talib.AD(h, l, c, v),
        "cmf": lambda: talib.CMF(h, l, c, v, 20),
        "mfi": lambda: talib.MFI(h, l, c, v, 14),
        "vwap": lambda: talib.VWAP(h, l, c, v),
        "vpt": lambda: talib.PVT(c, v),
        "elder_ray": lambda: talib.ERI(h, l, c, 13),
        "mass_index": lambda: talib.MASSI(h, l, 9, 25),
        "ultimate_oscillator": lambda: talib.ULTOSC(h, l, c, 7, 14, 28),
        "awesome_oscillator": lambda: talib.AO(h, l, 5, 34),
        "vortex": lambda: talib.VORTEX(h, l, c, 14),
        "ema": lambda: talib.EMA(c, 20),
        "sma": lambda: talib.SMA(c, 20),
        "wma": lambda: talib.WMA(c, 20),
        "hull_ma": lambda: talib.HMA(c, 20),
        "tema": lambda: talib.TEMA(c, 20),
    }


def program():
    """Builds MEM's bench program; its path."""
    command = ["cargo", "bench", "-p", "mem-indicators", "--bench", "batch", "--no-run", "--message-format=json"]
    built = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    found = [json.loads(line).get("executable") for line in built.splitlines() if line.startswith("{")]
    return [path for path in found if path and "batch-" in os.path.basename(path)][-1]


def fastest(call, count, runs):
    """Nanoseconds a bar of the fastest of some calls, after one that warms up."""
    call()
    times = []
    for _ in range(runs):
        start = time.thread_time_ns()
        call()
        times.append(time.thread_time_ns() - start)
    return min(times) / count


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bars", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    columns = walk(options.bars)
    calls = peers(*columns[1:])
    if options.only:
        calls = {options.only: calls[options.only]}
    runs = 5
    ours = {name: [] for name in calls}
    theirs = {name: [] for name in calls}
    with tempfile.NamedTemporaryFile(suffix=".f64") as file:
        np.concatenate(columns).astype("<f8").tofile(file)
        file.flush()
        command = [program(), "--columns", file.name, "--runs", str(runs), "--serve"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as mem:
            for _ in range(options.rounds):
                for name, call in calls.items():
                    theirs[name].append(fastest(call, options.bars, runs))
                    mem.stdin.write(name + "\n")
                    mem.stdin.flush()
                    ours[name].append(json.loads(mem.stdout.readline())["min_ns"])
            mem.stdin.close()

    rows = []
    for name in calls:
        peer, mem = statistics.median(theirs[name]), statistics.median(ours[name])
        rows.append({"name": name, "talib_ns": round(peer, 3), "mem_ns": round(mem, 3), "ratio": round(peer / mem, 2)})
    ratios = [row["ratio"] for row in rows]
    summary = {"bars": options.bars, "talib": talib.__ta_version__.decode(), "median_ratio": statistics.median(ratios), "min_ratio": min(ratios)}
    if options.json:
        print(json.dumps({"bench": "indicators", **summary, "rows": rows}))
        return
    print(f"{'indicator':<22} {'TA-Lib ns/bar':>14} {'MEM ns/bar':>11} {'ratio':>6}")
    for row in rows:
        print(f"{row['name']:<22} {row['talib_ns']:>14.2f} {row['mem_ns']:>11.2f} {row['ratio']:>6.2f}")
    print(f"{options.bars} bars, TA-Lib {summary['talib']}: median ratio {summary['median_ratio']:.2f}, least {summary['min_ratio']:.2f}")


if __name__ == "__main__":
    main()
