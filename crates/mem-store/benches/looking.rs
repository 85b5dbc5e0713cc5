//! How fast records are looked at: `cargo bench -p mem-store --bench looking [-- ROWS]`.
//!
//! So many round trips, memories, log lines and decisions (100,000 of each) are stored; then pages, sums, curves, searches and exports are
//! timed as a caller waits for them: median of 20 calls after 3.

use std::time::Instant;

use mem_store::records::{
    DecisionFilter, DecisionRow, Export, ExportFormat, LogFilter, LogLevel, MemoryFilter, MemoryType, NewLog,
    NewMemory, Records, RecordsOptions, RoundTripFilter, RoundTripRow, TripSort,
};
use mem_types::Timestamp;

const CALLS: usize = 20;

fn main() {
    let rows = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(100_000_i64);
    let folder = tempfile::tempdir().expect("a folder");
    let records = Records::open(folder.path().join("mem_data.db"), RecordsOptions::default()).expect("records");
    fill(&records, rows);
    println!("{rows} rows a table; milliseconds a call, median of {CALLS}");
    let trips = RoundTripFilter::default;
    let of_symbol = || RoundTripFilter { symbol: Some("SIM-BETA".to_owned()), ..trips() };
    time("page of trades, newest", || records.page_round_trips(&trips()).expect("rows").rows.len());
    time("page of trades, by profit, of a symbol, deep", || {
        let filter = RoundTripFilter { sort: TripSort::Pnl, offset: 20_000, ..of_symbol() };
        records.page_round_trips(&filter).expect("rows").rows.len()
    });
    time("sums over all trades", || records.trip_totals(&trips()).expect("sums").trades as usize);
    time("profit trade by trade", || records.trip_profits(&trips()).expect("rows").len());
    time("profit day by day", || records.daily_trip_profits(&trips()).expect("rows").len());
    time("trades by confidence", || records.trip_confidences(&trips()).expect("bins").counts.len());
    time("page of decisions, refused, of a symbol", || {
        let filter = DecisionFilter { symbol: Some("SIM-BETA".to_owned()), refused: Some(true), ..Default::default() };
        records.page_decisions(&filter).expect("rows").rows.len()
    });
    time("page of memories with a text", || {
        let filter = MemoryFilter { text: Some("outcome: +3".to_owned()), ..MemoryFilter::default() };
        records.page_memories(&filter).expect("rows").rows.len()
    });
    time("page of logs of a level", || {
        let filter = LogFilter { level: Some(LogLevel::Warning), ..LogFilter::default() };
        records.page_logs(&filter).expect("rows").rows.len()
    });
    // A tenth of the trades: with 100,000 of them, 10,000.
    let tenth = || Export::Trades(RoundTripFilter { min_confidence: Some(0.9), ..trips() });
    for (name, format) in [("CSV", ExportFormat::Csv), ("Parquet", ExportFormat::Parquet)] {
        time(&format!("export of a tenth of the trades, {name}"), || bytes(&records, tenth(), format));
        time(&format!("export of all trades, {name}"), || bytes(&records, Export::Trades(trips()), format));
    }
}

fn bytes(records: &Records, what: Export, format: ExportFormat) -> usize {
    records.export(what, format).map(|part| part.expect("rows").len()).sum()
}

fn time(name: &str, mut call: impl FnMut() -> usize) {
    let mut took: Vec<f64> = (0..CALLS + 3)
        .map(|_| {
            let begun = Instant::now();
            std::hint::black_box(call());
            begun.elapsed().as_secs_f64() * 1e3
        })
        .skip(3)
        .collect();
    took.sort_by(f64::total_cmp);
    println!("{name:<48} {:>8.2}", took[CALLS / 2]);
}

fn fill(records: &Records, rows: i64) {
    let minute = |number: i64| Timestamp::from_nanos(1_700_000_000_000_000_000 + number * 60_000_000_000);
    let symbols = ["SIM-ALPHA", "SIM-BETA", "SIM-GAMMA"];
    for from in (0..rows).step_by(10_000) {
        records
            .transaction(|tx| {
                for number in from..rows.min(from + 10_000) {
                    let symbol = symbols[(number % 3) as usize].to_owned();
                    let pnl = ((number * 7_919) % 2_003 - 1_000) as f64 / 10.0;
                    tx.add_round_trip(&RoundTripRow {
                        id: 0,
                        decision: Some(number),
                        symbol: symbol.clone(),
                        strategy: "ma_cross".to_owned(),
                        side: "long".to_owned(),
                        qty: "0.125".to_owned(),
                        entry_ts: minute(number),
                        exit_ts: minute(number + 30),
                        entry_price: 100.0,
                        exit_price: Some(101.0),
                        pnl,
                        return_pct: pnl / 10.0,
                        fees: 0.1,
                        confidence: (number % 1_000) as f64 / 1_000.0,
                        exit_reason: "stop_loss".to_owned(),
                        stop: Some(99.0),
                        target: None,
                        memory_id: Some(number + 1),
                    })?;
                    let content = format!(
                        "{symbol} long: bought 0.125 at about 100. Fast average above slow. Outcome: {pnl:+.2} %"
                    );
                    tx.add_memory(&NewMemory {
                        timestamp: Some(minute(number)),
                        tags: vec![symbol.clone(), format!("decision:{number}")],
                        ..NewMemory::new(MemoryType::Trade, content)
                    })?;
                    let level = if number % 10 == 0 { LogLevel::Warning } else { LogLevel::Info };
                    tx.add_log(&NewLog { timestamp: Some(minute(number)), ..NewLog::new(level, "a line of the log") })?;
                    let refused = number % 7 == 0;
                    tx.add_decision(&DecisionRow {
                        decision: number,
                        session: "bench".to_owned(),
                        timestamp: minute(number),
                        symbol,
                        strategy: "ma_cross".to_owned(),
                        intent: "enter_long".to_owned(),
                        confidence: 60.0,
                        price: 100.0,
                        qty: None,
                        memory_id: Some(number + 1),
                        // As long as the engine's.
                        detail: serde_json::json!({
                            "findings": [{ "check": "exposure", "why": "x".repeat(100), "refused": refused }],
                            "similar": "y".repeat(1_500),
                        }),
                        closed_at: None,
                        pnl: None,
                        return_pct: None,
                        exit: None,
                    })?;
                }
                Ok::<_, mem_store::records::RecordsError>(())
            })
            .expect("rows are stored");
    }
}
