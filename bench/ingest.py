"""Reads the same frames of Binance with MEM and with orjson in one run, and prints messages a second.

usage: python bench/ingest.py [--rounds N] [--json]

Needs cargo, and a python with the packages of requirements.txt. The frames are those of <symbol>@aggTrade, made of the
real trades in ticks_binance of the test data (MEM_TEST_DATA), bare and in the envelope of a combined stream. Both sides
go from the bytes of a frame to a normalised trade (symbol, id, price and quantity as floats, time, side): MEM as a
session does, orjson with a tuple for each. They take turns; time is what the thread spent on a processor. A figure is
the median of the rounds, of which each is the fastest of some runs. Sums of price times quantity must agree.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time

import orjson

FORMS = ["bare", "combined"]
RUNS = 5


def program():
    """Builds MEM's bench program; its path."""
    command = ["cargo", "bench", "-p", "mem-venue", "--bench", "ingest", "--no-run", "--message-format=json"]
    built = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    found = [json.loads(line).get("executable") for line in built.splitlines() if line.startswith("{")]
    return [path for path in found if path and "ingest-" in os.path.basename(path)][-1]


def bare(lines):
    trades = []
    append = trades.append
    for line in lines:
        m = orjson.loads(line)
        append((m["s"], m["a"], float(m["p"]), float(m["q"]), m["T"], "sell" if m["m"] else "buy"))
    return trades


def combined(lines):
    trades = []
    append = trades.append
    for line in lines:
        m = orjson.loads(line)["data"]
        append((m["s"], m["a"], float(m["p"]), float(m["q"]), m["T"], "sell" if m["m"] else "buy"))
    return trades


READERS = {"bare": bare, "combined": combined}


def fastest(read, lines):
    """Messages a second of the fastest run, after one that warms up; the sum of price times quantity."""
    notional = 0.0
    for trade in read(lines):
        notional += trade[2] * trade[3]
    seconds = []
    for _ in range(RUNS):
        start = time.thread_time()
        read(lines)
        seconds.append(time.thread_time() - start)
    return len(lines) / min(seconds), notional


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    path = program()
    ours = {form: [] for form in FORMS}
    theirs = {form: [] for form in FORMS}
    lines = {}
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([path, "--write", folder], check=True)
        for form in FORMS:
            with open(os.path.join(folder, f"{form}.jsonl"), "rb") as file:
                lines[form] = file.read().splitlines()
    command = [path, "--runs", str(RUNS), "--serve"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as mem:
        for _ in range(options.rounds):
            for form in FORMS:
                rate, notional = fastest(READERS[form], lines[form])
                theirs[form].append(rate)
                mem.stdin.write(form + "\n")
                mem.stdin.flush()
                measured = json.loads(mem.stdout.readline())
                ours[form].append(measured["fastest_per_s"])
                assert measured["notional"] == notional, f"{measured['notional']} against {notional}"
        mem.stdin.close()

    rows = []
    for form in FORMS:
        peer, mem = statistics.median(theirs[form]), statistics.median(ours[form])
        size = sum(map(len, lines[form])) / len(lines[form])
        rows.append({"name": form, "bytes": round(size, 1), "orjson_per_s": round(peer), "mem_per_s": round(mem), "ratio": round(mem / peer, 2)})
    if options.json:
        print(json.dumps({"bench": "ingest", "messages": len(lines["bare"]), "orjson": orjson.__version__, "rows": rows}))
        return
    print(f"{'frames':<10} {'bytes':>6} {'orjson M/s':>11} {'MEM M/s':>8} {'ratio':>6}")
    for row in rows:
        print(f"{row['name']:<10} {row['bytes']:>6.0f} {row['orjson_per_s'] / 1e6:>11.2f} {row['mem_per_s'] / 1e6:>8.2f} {row['ratio']:>6.2f}")
    print(f"{len(lines['bare'])} messages, orjson {orjson.__version__}")


if __name__ == "__main__":
    main()
