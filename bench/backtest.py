"""Whole backtests of an SMA(10/30) cross, against vectorbt and backtesting.py in one run.

    python bench/backtest.py [--bars N] [--rounds N] [--runs N] [--skip-slow]

Long only, a fee of 0.1 % of every order, all equity in each trade; at the close that gave the signal, and at the next
open. Timed is everything from the columns in memory to the metrics: indicators, signals, simulation, equity, metrics.
All three take turns, round after round, in one run on one machine; each figure is the median over the rounds,
and beside it the fastest run of all, which other work on the machine disturbs least. The C library is told for all of
them to keep freed memory and to ask for large pages, as NumPy does by itself, so that fresh pages are not part of the
figures.

- vectorbt stands twice: with its Sharpe ratio and largest drawdown only, and with `Portfolio.stats()`, which gives
  fewer figures than ours. Its just-in-time compilation is not timed.
- backtesting.py (seconds a round, left out by `--skip-slow`) computes its own figures in `run()`. It buys whole units
  only, here made 1e-10 of ours, and less than all cash (1e-9 is kept back), so that after 20,000 trades its equity is
  about 1e-6 away.
- Ours is the program `crates/mem-research/benches/backtest.rs`, built and started by this script.

The account begins with 1e15: a million bars of crossing in a random walk leave 1e-17 of it, and vectorbt takes amounts
near 1e-9 for nothing. The exit code is 1 if trades or final equity differ from vectorbt's by more than 1e-9.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

if "MALLOC_TRIM_THRESHOLD_" not in os.environ:
    keep = {"MALLOC_TRIM_THRESHOLD_": "8589934592", "MALLOC_MMAP_THRESHOLD_": "1073741824", "MALLOC_TOP_PAD_": "268435456"}
    os.environ.update(keep, GLIBC_TUNABLES="glibc.malloc.hugetlb=1")
    os.execv(sys.executable, [sys.executable] + sys.argv)

warnings.filterwarnings("ignore")

import backtesting
import numpy as np
import pandas as pd
import vectorbt as vbt
from backtesting import Backtest, Strategy
from backtesting.lib import crossover

CAPITAL, FEE, FAST, SLOW = 1e15, 0.001, 10, 30
UNIT = 1e-10
FILLS = ("same_close", "next_open")
OURS = "MEM"


def walk(count, seed=20251016):
    """One-minute bars: a geometric random walk of 0.1 % a bar with small gaps, prices rounded to 1e-6."""
    rng = np.random.default_rng(seed)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.001, count)))
    before = np.r_[100.0, close[:-1]]
    open_ = before * np.exp(rng.normal(0.0, 0.0001, count))
    high = np.maximum(open_, close) * np.exp(np.abs(rng.normal(0.0, 0.0005, count)))
    low = np.minimum(open_, close) * np.exp(-np.abs(rng.normal(0.0, 0.0005, count)))
    volume = np.exp(rng.normal(3.0, 0.8, count))
    open_, high, low, close, volume = (np.round(column, 6) for column in (open_, high, low, close, volume))
    high = np.maximum(high, np.maximum(open_, close))
    low = np.minimum(low, np.minimum(open_, close))
    return np.ascontiguousarray(np.stack([open_, high, low, close, volume]))


def index_of(count):
    return pd.date_range("2022-01-01", periods=count, freq="1min")


class VectorBt:
    """`stats` asks for all figures that the portfolio gives, else for two."""

    def __init__(self, columns, fill, stats):
        self.name = f"vectorbt {vbt.__version__}" + (" with stats()" if stats else "")
        self.fill, self.stats = fill, stats
        index = index_of(columns.shape[1])
        self.open = pd.Series(columns[0].copy(), index=index)
        self.close = pd.Series(columns[3].copy(), index=index)

    def run(self):
        fast, slow = vbt.MA.run(self.close, FAST), vbt.MA.run(self.close, SLOW)
        entries, exits, price = fast.ma_crossed_above(slow), fast.ma_crossed_below(slow), self.close
        if self.fill == "next_open":
            entries, exits, price = entries.vbt.signals.fshift(1), exits.vbt.signals.fshift(1), self.open
        portfolio = vbt.Portfolio.from_signals(
            self.close, entries, exits, price=price, fees=FEE, init_cash=CAPITAL, freq="1min"
        )
        equity = portfolio.value()
        if self.stats:
            portfolio.stats(silence_warnings=True)
        else:
            portfolio.sharpe_ratio(), portfolio.max_drawdown()
        self.result = portfolio, equity

    def outcome(self):
        portfolio, equity = self.result
        return int(portfolio.trades.closed.count()), float(equity.iloc[-1])


def rolling_mean(values, period):
    return pd.Series(values).rolling(period).mean().to_numpy()


class Cross(Strategy):
    def init(self):
        self.fast = self.I(rolling_mean, self.data.Close, FAST)
        self.slow = self.I(rolling_mean, self.data.Close, SLOW)

    def next(self):
        if crossover(self.fast, self.slow):
            if not self.position:
                self.buy(size=1 - 1e-9)
        elif crossover(self.slow, self.fast) and self.position:
            self.position.close()


class BacktestingPy:
    def __init__(self, columns, fill):
        self.name = f"backtesting.py {backtesting.__version__}"
        self.fill = fill
        names = ("Open", "High", "Low", "Close")
        frame = {name: column * UNIT for name, column in zip(names, columns)}
        self.frame = pd.DataFrame(frame | {"Volume": columns[4]}, index=index_of(columns.shape[1]))
        # No progress bar in the timing.
        backtesting.backtesting._tqdm = lambda items, **_: items

    def run(self):
        on_close = self.fill == "same_close"
        self.stats = Backtest(self.frame, Cross, cash=CAPITAL, commission=FEE, trade_on_close=on_close).run()

    def outcome(self):
        return int(self.stats["# Trades"]), float(self.stats["Equity Final [$]"])


def build():
    """Builds our program and returns its path."""
    command = ["cargo", "bench", "-p", "mem-research", "--bench", "backtest", "--no-run", "--message-format=json"]
    root = Path(__file__).resolve().parent.parent
    lines = subprocess.run(command, cwd=root, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    messages = (json.loads(line) for line in lines if line.startswith("{"))
    built = [m["executable"] for m in messages if m.get("executable") and m["target"]["name"] == "backtest"]
    return built[-1]


class Ours:
    def __init__(self, program, file, runs):
        command = [program, "--columns", str(file), "--runs", str(runs), "--serve"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def measure(self, strategy, fill, bars):
        self.process.stdin.write(f"{strategy} {fill} {bars}\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def timed(peer):
    cpu, wall = time.thread_time(), time.perf_counter()
    peer.run()
    return time.perf_counter() - wall, time.thread_time() - cpu


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bars", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--runs", type=int, default=25, help="runs of ours in each round")
    parser.add_argument("--skip-slow", action="store_true", help="leave backtesting.py out")
    options = parser.parse_args()

    program = build()
    columns = walk(options.bars)
    with tempfile.NamedTemporaryFile(suffix=".f64") as file:
        columns.tofile(file.name)
        ours = Ours(program, file.name, options.runs)
        small = walk(2_000)
        failed = False
        print(f"SMA({FAST}/{SLOW}) cross, {options.bars:,} bars, medians of {options.rounds} rounds")
        print(
            f"{'':<32}{'fill':<12}{'wall s':>10}{'CPU s':>10}{'fastest s':>11}"
            f"{'x wall':>8}{'x CPU':>8}{'x fastest':>11}{'trades':>9}{'final equity':>24}"
        )
        for fill in FILLS:
            peers = [VectorBt(columns, fill, False), VectorBt(columns, fill, True)]
            if not options.skip_slow:
                peers.append(BacktestingPy(columns, fill))
            for warm in (VectorBt(small, fill, False), VectorBt(small, fill, True)):
                warm.run()
            walls, cpus, fastest, outcomes = {}, {}, {}, {}
            for _ in range(options.rounds):
                measured = ours.measure("ma_cross", fill, options.bars)
                walls.setdefault(OURS, []).append(measured["median_s"])
                cpus.setdefault(OURS, []).append(measured["cpu_s"] or measured["median_s"])
                fastest[OURS] = min(measured["min_s"], fastest.get(OURS, float("inf")))
                outcomes[OURS] = measured["trades"], measured["final_equity"]
                for peer in peers:
                    wall, cpu = timed(peer)
                    walls.setdefault(peer.name, []).append(wall)
                    cpus.setdefault(peer.name, []).append(cpu)
                    fastest[peer.name] = min(walls[peer.name])
                    outcomes[peer.name] = peer.outcome()
            wall = {name: statistics.median(values) for name, values in walls.items()}
            cpu = {name: statistics.median(values) for name, values in cpus.items()}
            for name in wall:
                figures = f"{wall[name]:>10.4f}{cpu[name]:>10.4f}{fastest[name]:>11.4f}"
                ratios = f"{wall[name] / wall[OURS]:>8.1f}{cpu[name] / cpu[OURS]:>8.1f}{fastest[name] / fastest[OURS]:>11.1f}"
                trades, equity = outcomes[name]
                print(f"{name:<32}{fill:<12}{figures}{ratios}{trades:>9}{equity:>24.15g}")
            (trades, equity), (their_trades, their_equity) = outcomes[OURS], outcomes[peers[0].name]
            apart = abs(equity / their_equity - 1.0)
            failed |= trades != their_trades or apart > 1e-9
            print(f"  against vectorbt: {trades - their_trades:+d} trades, final equity {apart:.1e} apart")
        fast = ours.measure("fast_score", "next_open", min(10_000, options.bars))
        print(f"fast_score, {fast['bars']:,} bars: {fast['median_s'] * 1e3:.3f} ms")
        ours.close()
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
