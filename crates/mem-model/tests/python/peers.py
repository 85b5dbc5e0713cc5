"""What scikit-learn, scipy, statsmodels and numpy make of the numbers on standard input (JSON); answers as JSON, name by name."""

import itertools
import json
import sys

# Read before anything can fail: whoever writes it is not to be left with a broken pipe.
given = json.load(sys.stdin)
try:
    import numpy as np
    import scipy.stats as st
    import statsmodels.api as sm
    from sklearn import metrics as m
    from sklearn.preprocessing import QuantileTransformer, RobustScaler, StandardScaler
    from sklearn.utils.class_weight import compute_sample_weight
    from statsmodels.stats.contingency_tables import mcnemar
except ImportError as error:
    print(f"not installed: {error}", file=sys.stderr)
    sys.exit(77)

column = lambda name: np.array([np.nan if value is None else value for value in given[name]], dtype=float)
found = {}


def scalers():
    train, every = column("train").reshape(-1, 1), column("column").reshape(-1, 1)
    for name, scaler in {
        "standard": StandardScaler(),
        "robust": RobustScaler(),
        "uniform": QuantileTransformer(n_quantiles=50),
        "normal": QuantileTransformer(n_quantiles=50, output_distribution="normal"),
    }.items():
        found[name] = scaler.fit(train).transform(every).ravel().tolist()


def classes():
    truth, said = given["class_truth"], given["class_said"]
    found["confusion"] = m.confusion_matrix(truth, said).ravel().tolist()
    found["accuracy"] = m.accuracy_score(truth, said)
    found["balanced_accuracy"] = m.balanced_accuracy_score(truth, said)
    for average in ["macro", "weighted"]:
        for name, score in {"precision": m.precision_score, "recall": m.recall_score, "f1": m.f1_score}.items():
            found[f"{name}_{average}"] = score(truth, said, average=average, zero_division=0)
    found["matthews"] = m.matthews_corrcoef(truth, said)
    found["class_balance"] = compute_sample_weight("balanced", truth).tolist()
    found["class_log_loss"] = m.log_loss(truth, np.array(given["class_probability"]), labels=sorted(set(truth)))


def probabilities():
    truth, p = np.array(given["came"]), column("probability")
    found["log_loss"] = m.log_loss(truth, p)
    found["brier"] = m.brier_score_loss(truth, p)
    found["roc_auc"] = m.roc_auc_score(truth, p)
    found["pr_auc"] = m.average_precision_score(truth, p)
    bins = np.minimum((p * 10).astype(int), 9)
    gaps = [abs(p[bins == b].sum() - truth[bins == b].sum()) for b in range(10)]
    found["ece"] = sum(gaps) / len(p)


def regression():
    truth, said = column("number"), column("forecast")
    found["mae"] = m.mean_absolute_error(truth, said)
    found["rmse"] = m.root_mean_squared_error(truth, said)
    found["r2"] = m.r2_score(truth, said)
    for level in [0.1, 0.5, 0.9]:
        found[f"pinball_{level}"] = m.mean_pinball_loss(truth, said, alpha=level)


def tests():
    for name in ["few", "many"]:
        b, c = given[f"only_{name}"]
        table = [[10, b], [c, 7]]
        exact, chi2 = mcnemar(table, exact=True), mcnemar(table, exact=False, correction=True)
        found[f"mcnemar_{name}"] = [exact.pvalue, chi2.statistic, chi2.pvalue]
    d = column("first_loss") - column("second_loss")
    n = len(d)
    for h in [1, 3, 12]:
        gamma = [np.dot((d - d.mean())[: n - k], (d - d.mean())[k:]) / n for k in range(h)]
        plain = d.mean() / np.sqrt((gamma[0] + 2 * sum(gamma[1:])) / n)
        corrected = plain * np.sqrt((n + 1 - 2 * h + h * (h - 1) / n) / n)
        found[f"diebold_mariano_{h}"] = [d.mean(), corrected, 2 * st.t.sf(abs(corrected), n - 1)]
    if given["horizon_one"]:
        # With one step and n rows the test is the t-test of the mean.
        found["t_test"] = [*map(float, st.ttest_1samp(d, 0.0))]


def overfitting():
    tries, blocks = np.array(given["tries"]), given["blocks"]
    length = tries.shape[1] // blocks
    cut = tries[:, tries.shape[1] - length * blocks :].reshape(len(tries), blocks, length)
    logits = []
    for chosen in itertools.combinations(range(blocks), blocks // 2):
        other = [block for block in range(blocks) if block not in chosen]
        sharpe = lambda rows: (lambda x: x.mean(axis=1) / x.std(axis=1, ddof=1))(cut[:, rows].reshape(len(tries), -1))
        looked_at, unseen = sharpe(list(chosen)), sharpe(other)
        rank = st.rankdata(unseen)[looked_at.argmax()] / (len(tries) + 1)
        logits.append(np.log(rank / (1 - rank)))
    found["logits"] = logits
    found["overfitting"] = float(np.mean(np.array(logits) <= 0))


def trends():
    path, longest = np.log(column("close")), given["longest"]
    best = []
    for start in range(len(path) - longest):
        t_values = []
        for bars in range(given["shortest"], longest + 1):
            y = path[start : start + bars + 1]
            t_values.append(sm.OLS(y, sm.add_constant(np.arange(len(y)))).fit().tvalues[1])
        best.append(max(t_values, key=abs))
    found["trend_scan"] = best


def features():
    close, volume, market = column("close"), column("volume"), column("market")
    step = np.diff(np.log(close))
    other = np.diff(np.log(market))
    windows = lambda x, n: np.lib.stride_tricks.sliding_window_view(x, n)
    found["return_24"] = np.log(close[24:] / close[:-24])
    found["volatility_24"] = windows(step, 24).std(axis=1, ddof=1)
    found["return_z_72"] = [(w[-1] - w.mean()) / w.std(ddof=1) for w in windows(step, 72)]
    found["skew_72"] = st.skew(windows(step, 72), axis=1)
    found["kurtosis_72"] = st.kurtosis(windows(step, 72), axis=1)
    found["volume_ratio_24"] = volume[23:] / windows(volume, 24).mean(axis=1)
    pairs = list(zip(windows(step, 72), windows(other, 72)))
    found["market_correlation_72"] = [np.corrcoef(x, y)[0, 1] for x, y in pairs]
    found["market_beta_72"] = [np.cov(x, y)[0, 1] / y.var(ddof=1) for x, y in pairs]
    found["trend_slope_72"] = [
        np.polyfit(np.arange(72), np.log(w), 1)[0] / s.std(ddof=1) for w, s in zip(windows(close, 72)[1:], windows(step, 72))
    ]
    found["return_rank_168"] = [(st.rankdata(w)[-1] - 1) / 167 for w in windows(step, 168)]
    for name in list(found):
        found[name] = np.asarray(found[name]).tolist()


scalers(), classes(), probabilities(), regression(), tests(), overfitting(), trends(), features()
json.dump(found, sys.stdout)
