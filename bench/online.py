"""Online learners and ADWIN: River against MEM, in one run and by turns.

Usage: python bench/online.py [--rows N] [--rounds N] [--forest-rows N] [--only NAME] [--json]
Needs numpy and river (bench/requirements.txt) and cargo; builds MEM's bench program in the release profile.

Both see the same rows of 25 standard normal numbers with a label whose logit is partly linear, partly not (ten of the columns matter), and
predict each row before they learn from it. River's rows are dicts made beforehand; time is what the thread spent on a processor. River's
learners have River's defaults (its forest ten trees, seed 1), MEM's have MEM's, logistic regression without scaling on either side. ADWIN
takes a stream of errors whose share shifts twice; River's is compiled code called from Python, once a value. `drift` is the same rows with
labels that turn round halfway: accuracy there is what adapting is worth.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time

import numpy as np
import river
from river import drift, forest, linear_model, naive_bayes, optim, tree

WIDTH = 25
PEERS = {
    "logistic": lambda: linear_model.LogisticRegression(optimizer=optim.SGD(0.01)),
    "naive_bayes": lambda: naive_bayes.GaussianNB(),
    "hoeffding_tree": lambda: tree.HoeffdingTreeClassifier(),
    "adaptive_tree": lambda: tree.HoeffdingAdaptiveTreeClassifier(seed=1),
    "adaptive_forest": lambda: forest.ARFClassifier(n_models=10, seed=1),
}


def observations(count, turned):
    """Rows and labels; with `turned` the labels of the second half are those of the opposite logit."""
    rng = np.random.default_rng(20251018)
    x = np.round(rng.normal(size=(count, WIDTH)), 6)
    z = 0.9 * x[:, 0] - 0.7 * x[:, 1] + 0.5 * x[:, 2] * x[:, 3] + 0.6 * np.sin(2 * x[:, 4]) + 0.5 * (np.abs(x[:, 5]) - 0.8)
    z += 0.4 * x[:, 6] * (x[:, 7] > 0) - 0.3 * x[:, 8] ** 2 + 0.3 + 0.2 * x[:, 9]
    if turned:
        z[count // 2 :] *= -1
    label = (rng.random(count) < 1 / (1 + np.exp(-1.5 * z))).astype(float)
    return np.column_stack([x, label])


def errors(count):
    """A stream of errors whose share shifts twice."""
    rng = np.random.default_rng(7)
    at = np.arange(count)
    return (rng.random(count) < np.where(at < 0.4 * count, 0.2, np.where(at < 0.7 * count, 0.35, 0.15))).astype(float)


def auc(scores, labels):
    """The area under the ROC curve, ties counted half."""
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    yes = labels.sum()
    return (ranks[labels == 1].sum() - yes * (yes + 1) / 2) / (yes * (len(labels) - yes))


def peer(name, table):
    """Rows a second, accuracy and area of River's learner."""
    names = [f"f{i}" for i in range(WIDTH)]
    rows = [dict(zip(names, row)) for row in table[:, :WIDTH].tolist()]
    labels = [bool(label) for label in table[:, WIDTH]]
    model, scores = PEERS[name](), []
    start = time.thread_time()
    for row, label in zip(rows, labels):
        scores.append(model.predict_proba_one(row).get(True, 0.5))
        model.learn_one(row, label)
    seconds = time.thread_time() - start
    scores, labels = np.array(scores), table[:, WIDTH]
    return {"per_second": len(rows) / seconds, "accuracy": float(((scores > 0.5) == (labels > 0.5)).mean()), "auc": float(auc(scores, labels))}


def peer_adwin(values):
    """Updates a second of River's ADWIN."""
    detector, values, drifts = drift.ADWIN(), values.tolist(), 0
    start = time.thread_time()
    for value in values:
        detector.update(value)
        drifts += detector.drift_detected
    return {"per_second": len(values) / (time.thread_time() - start), "drifts": drifts}


def program():
    """Builds MEM's bench program; its path."""
    command = ["cargo", "bench", "-p", "mem-model", "--bench", "online", "--no-run", "--message-format=json"]
    built = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    found = [json.loads(line).get("executable") for line in built.splitlines() if line.startswith("{")]
    return [path for path in found if path and "online-" in os.path.basename(path)][-1]


class Mem:
    """MEM's bench program over one table, asked a name at a time."""

    def __init__(self, path, folder, name, table, stream):
        rows, values = os.path.join(folder, name + ".rows"), os.path.join(folder, name + ".stream")
        table.astype("<f8").tofile(rows)
        stream.astype("<f8").tofile(values)
        command = [path, "--rows", rows, "--width", str(WIDTH), "--stream", values, "--runs", "3", "--serve"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def measure(self, name):
        self.process.stdin.write(name + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--forest-rows", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    path, stream = program(), errors(1_000_000)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for world in ("steady", "drift"):
            whole = observations(options.rows, world == "drift")
            small = observations(options.forest_rows, world == "drift")
            sides = {len(table): Mem(path, folder, f"{world}{len(table)}", table, stream) for table in (whole, small)}
            names = [name for name in [*PEERS, "adwin"] if options.only in (None, name) and not (world == "drift" and name == "adwin")]
            for name in names:
                table = small if name == "adaptive_forest" else whole
                rounds = options.rounds if world == "steady" and name in ("logistic", "adwin") else 1
                theirs, ours = [], []
                for _ in range(rounds):
                    theirs.append(peer_adwin(stream) if name == "adwin" else peer(name, table))
                    ours.append(sides[len(table)].measure(name))
                row = {"name": name, "world": world, "count": len(stream) if name == "adwin" else len(table)}
                for side, found in (("river", theirs), ("mem", ours)):
                    row[side] = {**found[0], "per_second": statistics.median(each["per_second"] for each in found)}
                row["ratio"] = round(row["mem"]["per_second"] / row["river"]["per_second"], 1)
                rows.append(row)
                if not options.json:
                    show(row)
            for side in sides.values():
                side.close()
    if options.json:
        print(json.dumps({"bench": "online", "river": river.__version__, "rows": rows}))


def show(row):
    """One line of the table."""
    sides = [f"{side} {row[side]['per_second']:>12,.0f}/s" for side in ("river", "mem")]
    if "accuracy" in row["mem"]:
        sides = [f"{text} accuracy {row[side]['accuracy']:.4f} AUC {row[side]['auc']:.4f}" for text, side in zip(sides, ("river", "mem"))]
    print(f"{row['world']:<7}{row['name']:<16}{row['count']:>9,}  {'   '.join(sides)}   ratio {row['ratio']}", flush=True)


if __name__ == "__main__":
    main()
