//! The same trades and the same equity as vectorbt, by way of the Python that `MEM_PYTHON` names; and, without any
//! Python, as a plain loop that only knows crosses and cash.

use std::path::Path;
use std::process::Command;

use mem_research::{Backtest, Fees, Fill, SimConfig, Slippage, simulate};
use mem_strategy::{StrategyInput, build};
use mem_types::{Bars, BarsRef, Timeframe};

const CAPITAL: f64 = 1e12;
const FEE: f64 = 0.001;
const FAST: usize = 10;
const SLOW: usize = 30;

/// One-minute bars of a random walk from a fixed seed, with gaps between close and open.
fn walk(count: usize) -> Bars {
    let mut state = 42_u64;
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
    };
    let mut columns = [(); 5].map(|()| Vec::with_capacity(count));
    let mut close = 100.0_f64;
    for _ in 0..count {
        let open = close * (1.0 + 0.0002 * draw());
        close = open * (1.0 + 0.004 * draw());
        let high = open.max(close) * (1.0 + 0.0005 * (draw() + 0.5));
        let low = open.min(close) * (1.0 - 0.0005 * (draw() + 0.5));
        for (column, value) in columns.iter_mut().zip([open, high, low, close, 1.0]) {
            column.push(value);
        }
    }
    let [open, high, low, close, volume] = columns;
    let ts_ns = (0..count as i64).map(|bar| bar * Timeframe::M1.nanos()).collect();
    Bars::from_columns(ts_ns, open, high, low, close, volume).unwrap()
}

fn backtest(bars: BarsRef<'_>, fill: Fill) -> Backtest {
    let strategy = build("ma_cross", &[]).unwrap();
    let decisions = strategy.decide(&StrategyInput::new(bars, Timeframe::M1)).unwrap();
    let config = SimConfig {
        initial_capital: CAPITAL,
        fill,
        fees: Fees { maker: FEE, taker: FEE },
        slippage: Slippage::None,
        allow_short: false,
        ..SimConfig::default()
    };
    simulate(bars, Timeframe::M1, &decisions, &[], &config).unwrap()
}

/// Mean of each window, added up anew.
fn plain_sma(values: &[f64], period: usize) -> Vec<f64> {
    let mut means = vec![f64::NAN; values.len()];
    for (window, mean) in values.windows(period).zip(&mut means[period - 1..]) {
        *mean = window.iter().sum::<f64>() / period as f64;
    }
    means
}

/// All cash in at a cross above, all out at a cross below: equity at every close, and how many round trips.
fn plain_cross(bars: BarsRef<'_>, fill: Fill) -> (Vec<f64>, usize) {
    let (fast, slow) = (plain_sma(bars.close, FAST), plain_sma(bars.close, SLOW));
    let (mut cash, mut units, mut trips) = (CAPITAL, 0.0, 0);
    let mut pending = None;
    let mut equity = Vec::new();
    for bar in 0..bars.len() {
        let up = bar >= SLOW && fast[bar] > slow[bar] && fast[bar - 1] <= slow[bar - 1];
        let down = bar >= SLOW && fast[bar] < slow[bar] && fast[bar - 1] >= slow[bar - 1];
        let now = (up || down).then_some(up);
        let (order, price) = match fill {
            Fill::SameClose => (now, bars.close[bar]),
            Fill::NextOpen => (std::mem::replace(&mut pending, now), bars.open[bar]),
        };
        match order {
            Some(true) if units == 0.0 => {
                units = cash / (price * (1.0 + FEE));
                cash = 0.0;
            }
            Some(false) if units > 0.0 => {
                cash = units * price * (1.0 - FEE);
                units = 0.0;
                trips += 1;
            }
            _ => {}
        }
        equity.push(cash + units * bars.close[bar]);
    }
    (equity, trips)
}

#[test]
fn a_cross_gives_what_a_plain_loop_gives() {
    let bars = walk(100_000);
    for fill in [Fill::SameClose, Fill::NextOpen] {
        let found = backtest(bars.view(), fill);
        let (equity, trips) = plain_cross(bars.view(), fill);
        assert!(trips > 1500);
        assert_eq!(found.trades.len(), trips, "{fill:?}");
        for (bar, (one, other)) in found.equity.iter().zip(&equity).enumerate() {
            assert!((one / other - 1.0).abs() < 1e-9, "{fill:?} bar {bar}: {one} {other}");
        }
    }
}

fn write(path: &Path, values: impl IntoIterator<Item = f64>) {
    let bytes: Vec<u8> = values.into_iter().flat_map(f64::to_le_bytes).collect();
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn a_cross_gives_what_vectorbt_gives() {
    let Some(python) = mem_testkit::python("vectorbt") else { return };
    let folder = tempfile::tempdir().unwrap();
    let bars = walk(200_000);
    let view = bars.view();
    let columns = [view.open, view.high, view.low, view.close];
    write(&folder.path().join("bars.f64"), columns.into_iter().flatten().copied());
    let setup = serde_json::json!({ "capital": CAPITAL, "fee": FEE, "fast": FAST, "slow": SLOW });
    std::fs::write(folder.path().join("setup.json"), setup.to_string()).unwrap();
    for (fill, name) in [(Fill::SameClose, "same_close"), (Fill::NextOpen, "next_open")] {
        let found = backtest(view, fill);
        let row = |trade: &mem_research::TradeRecord| {
            [trade.entry_bar as f64, trade.exit_bar as f64, trade.entry_price, trade.exit_price, trade.size, trade.pnl]
        };
        write(&folder.path().join(format!("{name}.equity.f64")), found.equity.iter().copied());
        write(&folder.path().join(format!("{name}.trades.f64")), found.trades.iter().flat_map(row));
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/parity.py");
    let output = Command::new(python).arg(script).arg(folder.path()).output().expect("MEM_PYTHON names a program");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match output.status.code() {
        Some(0) => {}
        Some(77) => mem_testkit::skipped(&text(&output.stderr)),
        _ => panic!("{}{}", text(&output.stdout), text(&output.stderr)),
    }
}
