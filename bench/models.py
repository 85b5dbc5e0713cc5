"""Boosted trees: LightGBM against MEM, in one run and by turns.

Usage: python bench/models.py [--rounds N] [--json]
Needs numpy, scikit-learn and LightGBM (bench/requirements.txt) and cargo; builds MEM's bench program in the release profile.

Two tables of seeded normal features with a nonlinear logit, 1,000 x 25 and 100,000 x 50; the first 80 % are for training, AUC is on the
rest. Both train 100 trees of at most 31 leaves, learning rate 0.1, everything else as each has it by default, from features in memory to a
model. Training is timed by the clock with two threads and by processor time with one; predictions of the test rows by processor time on one
thread; single rows by the clock, MEM in-process, LightGBM through its Python call. A figure is the median over rounds.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time

import lightgbm
import numpy as np
from sklearn.metrics import roc_auc_score

SIZES = ((1_000, 25, 1), (100_000, 50, 2))
PARAMETERS = {"objective": "binary", "num_leaves": 31, "learning_rate": 0.1, "verbose": -1, "seed": 1, "deterministic": True}


def table(rows, width, stream):
    """Features and a label in the last column; the logit is a nonlinear function of the first ten features."""
    g = np.random.default_rng(20251016 + stream)
    x = np.round(g.normal(size=(rows, width)), 6)
    z = (0.9 * x[:, 0] - 0.7 * x[:, 1] + 0.5 * x[:, 2] * x[:, 3] + 0.6 * np.sin(2 * x[:, 4]) + 0.5 * (np.abs(x[:, 5]) - 0.8)
         + 0.4 * x[:, 6] * (x[:, 7] > 0) - 0.3 * x[:, 8] ** 2 + 0.3 + 0.2 * x[:, 9])
    y = (g.random(rows) < 1 / (1 + np.exp(-1.5 * z))).astype(float)
    return np.column_stack([x, y])


def program():
    """Builds MEM's bench program; its path."""
    command = ["cargo", "bench", "-p", "mem-model", "--bench", "models", "--no-run", "--message-format=json"]
    built = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    found = [json.loads(line).get("executable") for line in built.splitlines() if line.startswith("{")]
    return [path for path in found if path and "models-" in os.path.basename(path)][-1]


def timed(call):
    """Seconds by the clock and by the processor, and what the call gave."""
    wall, spent = time.perf_counter(), time.process_time()
    gave = call()
    return {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - spent}, gave


def singles(model, rows):
    """Latency of LightGBM's single rows: 2,000 calls after 200 that warm up."""
    times = []
    for call in range(2_200):
        row = np.ascontiguousarray(rows[call % len(rows)].reshape(1, -1))
        begun = time.perf_counter_ns()
        model.predict(row, num_threads=1)
        if call >= 200:
            times.append((time.perf_counter_ns() - begun) / 1e3)
    times.sort()
    return {"p50_us": times[len(times) // 2], "p99_us": times[len(times) * 99 // 100]}


def compare(path, rows, width, stream, rounds):
    whole = table(rows, width, stream)
    cut = rows * 4 // 5
    x, y, unseen, later = whole[:cut, :-1].copy(), whole[:cut, -1].copy(), whole[cut:, :-1].copy(), whole[cut:, -1]
    train = lambda threads: lightgbm.train({**PARAMETERS, "num_threads": threads}, lightgbm.Dataset(x, y), 100)
    figures = {name: {side: [] for side in ("mem", "lightgbm")} for name in ("train_two", "train_one", "predict", "single")}
    with tempfile.TemporaryDirectory() as folder:
        file, answers = os.path.join(folder, "table.f64"), os.path.join(folder, "answers.f64")
        whole.tofile(file)
        command = [path, "--table", file, "--rows", str(rows), "--width", str(width)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as mem:
            def ask(request):
                mem.stdin.write(request + "\n")
                mem.stdin.flush()
                return json.loads(mem.stdout.readline())

            train(2)
            ask("train 2")
            for _ in range(rounds):
                for name, threads in (("train_two", 2), ("train_one", 1)):
                    took, model = timed(lambda: train(threads))
                    figures[name]["lightgbm"].append(took)
                    figures[name]["mem"].append(ask(f"train {threads}"))
                model.predict(unseen, num_threads=1)
                figures["predict"]["lightgbm"].append(timed(lambda: model.predict(unseen, num_threads=1))[0])
                figures["predict"]["mem"].append(ask("predict x"))
                figures["single"]["lightgbm"].append(singles(model, unseen))
                figures["single"]["mem"].append(ask("single x"))
            ask(f"answers {answers}")
            mem.stdin.close()
        auc = {"mem": roc_auc_score(later, np.fromfile(answers)), "lightgbm": roc_auc_score(later, model.predict(unseen))}

    def median(name, figure, scale=1.0):
        return {side: statistics.median(one[figure] for one in figures[name][side]) * scale for side in ("mem", "lightgbm")}

    return {
        "train, two threads, s": median("train_two", "wall_s"),
        "train, two threads, CPU s": median("train_two", "cpu_s"),
        "train, one thread, CPU s": median("train_one", "cpu_s"),
        "predict, M rows a CPU second": {side: 1 / value for side, value in median("predict", "cpu_s", 1e6 / (rows - cut)).items()},
        "single row, p50 us": median("single", "p50_us"),
        "single row, p99 us": median("single", "p99_us"),
        "AUC": auc,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    path = program()
    found = {f"{rows} x {width}": compare(path, rows, width, stream, options.rounds) for rows, width, stream in SIZES}
    if options.json:
        print(json.dumps({"bench": "models", "lightgbm": lightgbm.__version__, "sizes": found}))
        return
    for size, rows in found.items():
        print(f"\n| {size} | MEM | LightGBM {lightgbm.__version__} |\n|---|---|---|")
        for name, sides in rows.items():
            print(f"| {name} | {sides['mem']:.4g} | {sides['lightgbm']:.4g} |")


if __name__ == "__main__":
    main()
