"""A sweep of 1,000 pairs of averages, against vectorbt in one run; and genetic searches of the built-in strategies.

    python bench/optimize.py [--bars N [N ...]] [--rounds N] [--runs N]

Every pair of a fast average of 5 to 44 and a slow one of 50 to 170 by 5 bars: long only, a fee of 0.1 % of every order,
all equity in each trade, filled at the close that gave the signal. Timed is everything from the column in memory to the
figures of every pair. Both sides take turns, round after round, in one run on one machine; each figure is the median
over the rounds.

- vectorbt stands three times: with the final value of every pair only, with the Sharpe ratio of every pair, and with all
  its figures of every pair (`stats(agg_func=None)`), which are fewer than ours. Its just-in-time compilation is not
  timed; above 20,000 bars it works through chunks of 200 pairs, or its memory would not do.
- Ours is the program `crates/mem-research/benches/optimize.rs`, built and started by this script: all metrics of every
  pair, on all cores.

The exit code is 1 if the final equity of any pair differs from vectorbt's by more than 1e-9.
"""

import argparse
import gc
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")

import numpy as np
import pandas as pd
import vectorbt as vbt

from backtest import walk

PAIRS = [(fast, slow) for fast in range(5, 45) for slow in range(50, 175, 5)]
WHAT = ("final value", "Sharpe", "stats()")


def vectorbt_sweep(close, what):
    chunk = len(PAIRS) if len(close) <= 20_000 else 200
    finals = []
    for start in range(0, len(PAIRS), chunk):
        pairs = PAIRS[start : start + chunk]
        fast = vbt.MA.run(close, [pair[0] for pair in pairs], short_name="fast")
        slow = vbt.MA.run(close, [pair[1] for pair in pairs], short_name="slow")
        portfolio = vbt.Portfolio.from_signals(
            close, fast.ma_crossed_above(slow), fast.ma_crossed_below(slow), fees=0.001, init_cash=1e6, freq="1h"
        )
        finals.append(portfolio.final_value().to_numpy())
        if what == "Sharpe":
            portfolio.sharpe_ratio()
        elif what == "stats()":
            portfolio.stats(agg_func=None, silence_warnings=True)
        del fast, slow, portfolio
        gc.collect()
    return np.concatenate(finals)


def build():
    """Builds our program and returns its path."""
    command = ["cargo", "bench", "-p", "mem-research", "--bench", "optimize", "--no-run", "--message-format=json"]
    root = Path(__file__).resolve().parent.parent
    lines = subprocess.run(command, cwd=root, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    messages = (json.loads(line) for line in lines if line.startswith("{"))
    return [m["executable"] for m in messages if m.get("executable") and m["target"]["name"] == "optimize"][-1]


class Ours:
    def __init__(self, program, file, runs):
        command = [program, "--columns", str(file), "--runs", str(runs), "--serve"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def measure(self, job):
        self.process.stdin.write(job + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bars", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--runs", type=int, default=10, help="runs of ours in each round")
    options = parser.parse_args()

    program = build()
    failed = False
    header = f"{'1,000 pairs':<30}{'bars':>9}{'wall s':>10}{'CPU s':>10}{'x wall':>8}{'x CPU':>8}{'peak MB':>9}"
    print(header)
    for bars in options.bars:
        columns = walk(bars)
        close = pd.Series(columns[3], index=pd.date_range("2022-01-01", periods=bars, freq="1h"))
        for what in WHAT:
            vectorbt_sweep(close[:2_000], what)
        walls, cpus, peaks = {}, {}, {}
        with tempfile.NamedTemporaryFile(suffix=".f64") as file:
            columns.tofile(file.name)
            ours = Ours(program, file.name, options.runs)
            # Its own indicators, or ours alone, say nothing about the slower of its ways: one round is enough there.
            for round_ in range(options.rounds):
                measured = ours.measure(f"sweep {bars}")
                walls.setdefault("MEM, all metrics", []).append(measured["median_s"])
                cpus.setdefault("MEM, all metrics", []).append(measured["cpu_s"] or measured["median_s"])
                peaks["MEM, all metrics"] = measured["peak_mb"]
                for what in WHAT:
                    if what == "stats()" and round_ > 0:
                        continue
                    name = f"vectorbt {vbt.__version__}, {what}"
                    cpu, wall = time.process_time(), time.perf_counter()
                    finals = vectorbt_sweep(close, what)
                    walls.setdefault(name, []).append(time.perf_counter() - wall)
                    cpus.setdefault(name, []).append(time.process_time() - cpu)
                    peaks[name] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            ours.close()
        apart = np.max(np.abs(np.array(measured["final_equity"]) / finals - 1.0))
        failed |= bool(apart > 1e-9)
        wall = {name: statistics.median(values) for name, values in walls.items()}
        cpu = {name: statistics.median(values) for name, values in cpus.items()}
        first = "MEM, all metrics"
        for name in wall:
            ratios = f"{wall[name] / wall[first]:>8.1f}{cpu[name] / cpu[first]:>8.1f}"
            print(f"{name:<30}{bars:>9}{wall[name]:>10.3f}{cpu[name]:>10.3f}{ratios}{peaks[name]:>9.0f}")
        print(f"  final equity of any pair at most {apart:.1e} apart")
    columns = walk(10_000)
    with tempfile.NamedTemporaryFile(suffix=".f64") as file:
        columns.tofile(file.name)
        ours = Ours(program, file.name, options.runs)
        for strategy in ("confluence", "fast_score"):
            measured = ours.measure(f"genetic {strategy} 10000")
            print(
                f"genetic search, {strategy}, 10,000 bars, 10 generations of 20 ({measured['trials']} candidates): "
                f"{measured['median_s']:.3f} s, {measured['cpu_s'] or 0:.3f} CPU s"
            )
        ours.close()
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
