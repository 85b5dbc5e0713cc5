"""An SMA(10/30) cross, long only, all in: the trades and the equity of this folder against vectorbt's.

    python parity.py FOLDER

FOLDER holds `bars.f64` (columns open, high, low, close), and for each fill `FILL.equity.f64` (equity at every close)
and `FILL.trades.f64` (rows entry bar, exit bar, entry price, exit price, size, profit), all little-endian f64, and
`setup.json` (capital, fee, fast, slow). Exit code 1 and a line for each difference, 77 without vectorbt, else 0.
"""

import json
import sys
from pathlib import Path

try:
    import numpy as np
    import pandas as pd
    import vectorbt as vbt
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(77)

TOLERANCE = 1e-9


def apart(ours, theirs):
    return float(np.max(np.abs(ours - theirs) / np.maximum(np.abs(theirs), 1e-300), initial=0.0))


def compare(folder, fill, columns, setup):
    open_, close = (pd.Series(columns[row].copy()) for row in (0, 3))
    fast, slow = vbt.MA.run(close, setup["fast"]), vbt.MA.run(close, setup["slow"])
    entries, exits, price = fast.ma_crossed_above(slow), fast.ma_crossed_below(slow), close
    if fill == "next_open":
        entries, exits, price = entries.vbt.signals.fshift(1), exits.vbt.signals.fshift(1), open_
    portfolio = vbt.Portfolio.from_signals(
        close, entries, exits, price=price, fees=setup["fee"], init_cash=setup["capital"], freq="1min"
    )
    equity = np.fromfile(folder / f"{fill}.equity.f64")
    trades = np.fromfile(folder / f"{fill}.trades.f64").reshape(-1, 6)
    theirs = portfolio.trades.closed.records
    if len(trades) != len(theirs):
        return [f"{fill}: {len(trades)} trades against {len(theirs)}"]
    differences = []
    for column, name in enumerate(("entry_idx", "exit_idx", "entry_price", "exit_price", "size")):
        if (far := apart(trades[:, column], theirs[name].to_numpy())) > TOLERANCE:
            differences.append(f"{fill}: {name} up to {far:.1e} apart")
    # A profit is a small difference of large amounts: it is measured against the notional.
    notional = theirs["size"] * theirs["entry_price"]
    if (far := float(np.max(np.abs(trades[:, 5] - theirs["pnl"]) / notional))) > TOLERANCE:
        differences.append(f"{fill}: pnl up to {far:.1e} of the notional apart")
    if (far := apart(equity, portfolio.value().to_numpy())) > TOLERANCE:
        differences.append(f"{fill}: equity up to {far:.1e} apart")
    print(f"{fill}: {len(trades)} trades, final equity {equity[-1]!r}, {len(differences)} differences")
    return differences


def main():
    folder = Path(sys.argv[1])
    setup = json.loads((folder / "setup.json").read_text())
    columns = np.fromfile(folder / "bars.f64").reshape(4, -1)
    differences = [line for fill in ("same_close", "next_open") for line in compare(folder, fill, columns, setup)]
    print("\n".join(differences), file=sys.stderr)
    return int(bool(differences))


if __name__ == "__main__":
    sys.exit(main())
