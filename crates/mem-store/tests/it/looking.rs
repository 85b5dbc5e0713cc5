//! Looking at records: filters, pages and sums agree with a plain walk over all rows; exports read back as what is on record.

use bytes::Bytes;
use mem_store::records::{
    AlertFilter, AlertRow, AuditFilter, AuditKind, Export, ExportFormat, FillFilter, FillRow, LedgerFilter, LedgerRow,
    LogFilter, LogLevel, MemoryFilter, MemoryType, NewAudit, NewLog, NewMemory, OrderFilter, OrderRow, Records,
    RoundTripFilter, RoundTripRow, TripSort,
};
use mem_types::{Bar, Timestamp};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, RowAccessor};
use proptest::prelude::*;

use crate::records::{at, records};

const SYMBOLS: [&str; 3] = ["SIM-ALPHA", "SIM-BETA", "SIM-GAMMA"];

fn trip(number: i64, pnl: f64, confidence: f64) -> RoundTripRow {
    let entry = at("2024-03-01").as_nanos() + number * 7_919 * 1_000_000_000;
    RoundTripRow {
        id: 0,
        decision: (number % 5 != 4).then_some(number),
        symbol: SYMBOLS[number.unsigned_abs() as usize % 3].to_owned(),
        strategy: ["ma_cross", "=cmd|' /C calc'!A0"][number.unsigned_abs() as usize % 2].to_owned(),
        side: ["long", "short"][(number / 2).unsigned_abs() as usize % 2].to_owned(),
        qty: "0.125".to_owned(),
        entry_ts: Timestamp::from_nanos(entry),
        // Some are over at one moment.
        exit_ts: Timestamp::from_nanos(entry / 60_000_000_000 * 60_000_000_000 + 3_600_000_000_000),
        entry_price: 100.0 + number as f64,
        exit_price: (number % 3 != 0).then_some(101.5),
        pnl,
        return_pct: pnl / 10.0,
        fees: 0.1,
        confidence,
        exit_reason: "stop_loss".to_owned(),
        stop: None,
        target: Some(120.0),
        memory_id: Some(number),
    }
}

fn filled(trips: &[(f64, f64)]) -> (tempfile::TempDir, Records, Vec<RoundTripRow>) {
    let (folder, records) = records();
    let mut rows = Vec::new();
    for (number, (pnl, confidence)) in trips.iter().enumerate() {
        let mut row = trip(number as i64, *pnl, *confidence);
        row.id = records.add_round_trip(&row).unwrap();
        rows.push(row);
    }
    (folder, records, rows)
}

/// What a filter lets through, walked plainly.
fn plain(rows: &[RoundTripRow], filter: &RoundTripFilter) -> Vec<RoundTripRow> {
    let mut found: Vec<RoundTripRow> = rows
        .iter()
        .filter(|row| filter.symbol.as_ref().is_none_or(|symbol| row.symbol == *symbol))
        .filter(|row| filter.strategy.as_ref().is_none_or(|strategy| row.strategy == *strategy))
        .filter(|row| filter.side.as_ref().is_none_or(|side| row.side == *side))
        .filter(|row| filter.from.is_none_or(|from| row.exit_ts >= from))
        .filter(|row| filter.to.is_none_or(|to| row.exit_ts < to))
        .filter(|row| filter.min_confidence.is_none_or(|least| row.confidence >= least))
        .filter(|row| filter.won.is_none_or(|won| (row.pnl > 0.0) == won))
        .cloned()
        .collect();
    found.sort_by(|one, other| {
        let order = match filter.sort {
            TripSort::ClosedAt => one.exit_ts.cmp(&other.exit_ts),
            TripSort::OpenedAt => one.entry_ts.cmp(&other.entry_ts),
            TripSort::Pnl => one.pnl.total_cmp(&other.pnl),
            TripSort::ReturnPct => one.return_pct.total_cmp(&other.return_pct),
            TripSort::Confidence => one.confidence.total_cmp(&other.confidence),
            TripSort::Symbol => one.symbol.cmp(&other.symbol),
        };
        let order = order.then(one.id.cmp(&other.id));
        if filter.rising { order } else { order.reverse() }
    });
    found
}

fn filters() -> impl Strategy<Value = RoundTripFilter> {
    let sorts = prop::sample::select(vec![
        TripSort::ClosedAt,
        TripSort::OpenedAt,
        TripSort::Pnl,
        TripSort::ReturnPct,
        TripSort::Confidence,
        TripSort::Symbol,
    ]);
    let start = at("2024-03-01").as_nanos();
    let some_time =
        move || prop::option::of((0_i64..600_000).prop_map(move |s| Timestamp::from_nanos(start + s * 1_000_000_000)));
    (
        prop::option::of(prop::sample::select(SYMBOLS.map(str::to_owned).to_vec())),
        prop::option::of(prop::sample::select(vec!["long".to_owned(), "short".to_owned()])),
        some_time(),
        some_time(),
        prop::option::of(0.0_f64..1.0),
        prop::option::of(any::<bool>()),
        sorts,
        any::<bool>(),
        1_usize..40,
        0_usize..40,
    )
        .prop_map(|(symbol, side, from, to, min_confidence, won, sort, rising, limit, offset)| RoundTripFilter {
            symbol,
            strategy: None,
            side,
            from,
            to,
            min_confidence,
            won,
            sort,
            rising,
            limit,
            offset,
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn pages_sums_and_curves_are_those_of_a_plain_walk(
        trips in prop::collection::vec((-50.0_f64..50.0, 0.0_f64..=1.0), 0..80),
        wanted in prop::collection::vec(filters(), 4),
    ) {
        let (_folder, records, rows) = filled(&trips);
        for filter in wanted {
            let all = plain(&rows, &filter);
            let page = records.page_round_trips(&filter).unwrap();
            prop_assert_eq!(page.total as usize, all.len());
            let shown: Vec<_> = all.iter().skip(filter.offset).take(filter.limit).cloned().collect();
            prop_assert_eq!(page.rows, shown);
            let totals = records.trip_totals(&filter).unwrap();
            let pnl: f64 = all.iter().map(|row| row.pnl).sum();
            prop_assert!((totals.pnl - pnl).abs() < 1e-9 && (totals.fees - 0.1 * all.len() as f64).abs() < 1e-9);
            prop_assert_eq!((totals.trades as usize, totals.wins as usize), (all.len(), all.iter().filter(|row| row.pnl > 0.0).count()));
            let in_order = plain(&all, &RoundTripFilter { rising: true, ..RoundTripFilter::default() });
            let profits = records.trip_profits(&filter).unwrap();
            prop_assert_eq!(&profits, &in_order.iter().map(|row| (row.exit_ts, row.pnl)).collect::<Vec<_>>());
            let days = records.daily_trip_profits(&filter).unwrap();
            prop_assert!((days.iter().map(|(_, pnl)| pnl).sum::<f64>() - pnl).abs() < 1e-9);
            prop_assert!(days.windows(2).all(|pair| pair[0].0 < pair[1].0));
            let histogram = records.trip_confidences(&filter).unwrap();
            prop_assert_eq!(histogram.counts.iter().sum::<u64>() as usize, all.len());
            prop_assert_eq!(histogram.wins.iter().sum::<u64>(), totals.wins);
            let mut sure: Vec<f64> = all.iter().map(|row| row.confidence).collect();
            sure.sort_by(f64::total_cmp);
            let middle = |n: usize| (sure[(n - 1) / 2] + sure[n / 2]) / 2.0;
            prop_assert_eq!(histogram.median.is_some(), !sure.is_empty());
            if let Some(median) = histogram.median {
                prop_assert!((median - middle(sure.len())).abs() < 1e-12);
            }
        }
    }
}

fn exported(records: &Records, what: Export, format: ExportFormat) -> Vec<u8> {
    records.export(what, format).flat_map(|part| part.unwrap()).collect()
}

#[test]
fn exports_read_back_as_what_is_on_record() {
    // More than two parts.
    let trips: Vec<(f64, f64)> = (0..17_000).map(|n| (f64::from(n % 41) - 20.1, f64::from(n % 100) / 100.0)).collect();
    let (_folder, records, _) = filled(&[]);
    let rows: Vec<RoundTripRow> = records
        .transaction(|tx| {
            let mut rows = Vec::new();
            for (number, (pnl, confidence)) in trips.iter().enumerate() {
                let mut row = trip(number as i64, *pnl, *confidence);
                row.id = tx.add_round_trip(&row)?;
                rows.push(row);
            }
            Ok::<_, mem_store::records::RecordsError>(rows)
        })
        .unwrap();
    let filter = RoundTripFilter { symbol: Some("SIM-BETA".to_owned()), limit: 3, ..RoundTripFilter::default() };
    for filter in [RoundTripFilter::default(), filter] {
        let wanted: Vec<&RoundTripRow> =
            rows.iter().filter(|row| filter.symbol.as_ref().is_none_or(|symbol| row.symbol == *symbol)).collect();
        let csv = exported(&records, Export::Trades(filter.clone()), ExportFormat::Csv);
        let mut reader = csv::Reader::from_reader(csv.as_slice());
        assert_eq!(&reader.headers().unwrap()[5], "qty");
        let read: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(read.len(), wanted.len());
        for (cells, row) in read.iter().zip(&wanted) {
            assert_eq!(cells[0], row.id.to_string());
            assert_eq!(cells[1], row.decision.map(|decision| decision.to_string()).unwrap_or_default());
            // No spreadsheet takes it for a formula.
            assert_eq!(cells[3].strip_prefix('\'').unwrap_or(&cells[3]), row.strategy);
            assert!(!cells[3].starts_with('='));
            assert_eq!(cells[6].parse::<Timestamp>().unwrap(), row.entry_ts);
            assert_eq!(cells[10].parse::<f64>().unwrap().to_bits(), row.pnl.to_bits());
            assert_eq!(cells[9].is_empty(), row.exit_price.is_none());
        }
        let parquet = exported(&records, Export::Trades(filter), ExportFormat::Parquet);
        let reader = SerializedFileReader::new(Bytes::from(parquet)).unwrap();
        let mut count = 0;
        for (found, row) in reader.get_row_iter(None).unwrap().zip(&wanted) {
            let found = found.unwrap();
            assert_eq!(found.get_long(0).unwrap(), row.id);
            assert_eq!(found.get_string(3).unwrap(), &row.strategy);
            assert_eq!(found.get_double(5).unwrap(), 0.125);
            assert_eq!(found.get_double(10).unwrap().to_bits(), row.pnl.to_bits());
            let (name, entry) = found.get_column_iter().nth(6).unwrap();
            assert_eq!(name, "entry_ts");
            assert!(!matches!(entry, Field::Null), "{entry:?}");
            count += 1;
        }
        assert_eq!(count, wanted.len());
    }
}

fn order(number: i64, decision: i64, purpose: &str, minute: i64) -> OrderRow {
    let planned = Timestamp::from_nanos(at("2024-03-01").as_nanos() + minute * 60_000_000_000);
    OrderRow {
        client_order_id: format!("s-{number}"),
        timestamp: planned,
        symbol: "SIM-ALPHA".to_owned(),
        side: "buy".to_owned(),
        purpose: purpose.to_owned(),
        stage: "filled".to_owned(),
        decision,
        qty: "1".to_owned(),
        filled_qty: "1".to_owned(),
        average_price: Some("100.5".to_owned()),
        fees: "0.05".to_owned(),
        venue_id: None,
        reason: None,
        request: "{}".to_owned(),
        changed_at: planned,
    }
}

#[test]
fn the_books_are_looked_at_and_exported() {
    let (_folder, records) = records();
    for row in [
        order(1, 1, "entry", 0),
        order(2, 1, "stop_loss", 0),
        // Decision 2 turns the position over: its first order ends trade 1, its second begins trade 2.
        order(3, 2, "reversal", 10),
        order(4, 2, "entry", 10),
        order(10, 3, "exit", 20),
    ] {
        records
            .put_order(&OrderRow { stage: "planned".to_owned(), filled_qty: "0".to_owned(), ..row.clone() })
            .unwrap();
        records.put_order(&row).unwrap();
    }
    let minute = |minute: i64| Timestamp::from_nanos(at("2024-03-01").as_nanos() + minute * 60_000_000_000);
    let names = |decision, from, until| -> Vec<String> {
        let found = records.orders_of_trade(decision, minute(from), minute(until), "SIM-ALPHA").unwrap();
        found.into_iter().map(|order| order.client_order_id).collect()
    };
    assert_eq!(names(1, 0, 10), ["s-1", "s-2", "s-3"]);
    assert_eq!(names(2, 10, 20), ["s-4", "s-10"]);
    let events = records.order_events("s-4").unwrap();
    assert_eq!(events.iter().map(|event| event.stage.as_str()).collect::<Vec<_>>(), ["planned", "filled"]);
    let entries = OrderFilter { purpose: Some("entry".to_owned()), ..OrderFilter::default() };
    let page = records.page_orders(&entries).unwrap();
    assert_eq!((page.total, page.rows[0].client_order_id.as_str()), (2, "s-4"));
    for number in 1..=3 {
        let fill = FillRow {
            fill_id: number,
            timestamp: minute(number),
            client_order_id: "s-1".to_owned(),
            symbol: "SIM-ALPHA".to_owned(),
            side: "buy".to_owned(),
            price: "100.25".to_owned(),
            qty: "-0.5".to_owned(),
            fee: "0.01".to_owned(),
            fee_asset: "USDT".to_owned(),
        };
        records.add_fill(&fill).unwrap();
    }
    assert_eq!(records.page_fills(&FillFilter { limit: 2, ..FillFilter::default() }).unwrap().rows.len(), 2);
    let csv = String::from_utf8(exported(&records, Export::Fills(FillFilter::default()), ExportFormat::Csv)).unwrap();
    assert!(csv.contains(",100.25,-0.5,0.01,USDT\n"), "a number is no formula: {csv}");
    let csv = String::from_utf8(exported(&records, Export::Orders(entries), ExportFormat::Csv)).unwrap();
    assert_eq!(csv.lines().count(), 3);
    let posting = |account: &str, amount: &str| (account.to_owned(), "USDT".to_owned(), amount.to_owned());
    let entry = LedgerRow {
        number: 1,
        timestamp: minute(0),
        kind: "deposit".to_owned(),
        memo: "@opening".to_owned(),
        postings: vec![posting("cash", "10"), posting("deposits", "-10")],
    };
    records.add_ledger_entry(&entry).unwrap();
    let csv =
        String::from_utf8(exported(&records, Export::Ledger(LedgerFilter::default()), ExportFormat::Csv)).unwrap();
    assert!(csv.contains("deposit,'@opening,cash,USDT,10\n") && csv.contains("deposits,USDT,-10\n"), "{csv}");
    let alert = AlertRow {
        id: 1,
        timestamp: minute(0),
        kind: "STALE_FEED".to_owned(),
        subject: "sim".to_owned(),
        severity: "red".to_owned(),
        state: "active".to_owned(),
        message: "nothing came".to_owned(),
        detail: serde_json::json!({}),
    };
    records.put_alert(&alert).unwrap();
    let red = |state: &str| AlertFilter {
        severity: Some("red".to_owned()),
        state: Some(state.to_owned()),
        ..AlertFilter::default()
    };
    assert_eq!(records.page_alerts(&red("active")).unwrap().rows, [alert]);
    assert_eq!(records.page_alerts(&red("recovered")).unwrap().total, 0);
    // Every table comes out in both formats, empty ones too.
    for what in [
        Export::Signals(Default::default()),
        Export::Memories(Default::default()),
        Export::Metrics(Default::default()),
        Export::Logs(Default::default()),
        Export::Decisions(Default::default()),
        Export::Alerts(Default::default()),
    ] {
        assert!(!exported(&records, what.clone(), ExportFormat::Csv).is_empty());
        SerializedFileReader::new(Bytes::from(exported(&records, what, ExportFormat::Parquet))).unwrap();
    }
}

#[test]
fn words_are_found_in_any_case_and_literally() {
    let (_folder, records) = records();
    for (text, tag) in [("Bought at 100%", "SIM-ALPHA"), ("sold_all", "SIM-ALPHA2"), ("SOLD xall", "SIM-ALPHA")] {
        let memory = NewMemory { tags: vec![tag.to_owned()], ..NewMemory::new(MemoryType::Trade, text) };
        records.add_memory(&memory).unwrap();
        records.add_log(&NewLog::new(LogLevel::Info, text)).unwrap();
    }
    let of_text = |text: &str| MemoryFilter { text: Some(text.to_owned()), ..MemoryFilter::default() };
    for (text, count) in [("sold", 2), ("100%", 1), ("%", 1), ("sold_all", 1), ("BOUGHT", 1), ("!", 0)] {
        assert_eq!(records.page_memories(&of_text(text)).unwrap().total, count, "{text}");
        let logs = LogFilter { text: Some(text.to_owned()), ..LogFilter::default() };
        assert_eq!(records.page_logs(&logs).unwrap().total, count, "{text}");
    }
    let of_tag = MemoryFilter { tag: Some("SIM-ALPHA".to_owned()), ..MemoryFilter::default() };
    assert_eq!(records.page_memories(&of_tag).unwrap().total, 2);
    assert_eq!(records.memory_types().unwrap()[0].count, 3);
}

#[test]
fn the_audit_and_the_bars_keep_what_they_are_told() {
    let (_folder, records) = records();
    let entry = NewAudit {
        kind: AuditKind::Config,
        who: "somebody".to_owned(),
        why: "to try".to_owned(),
        detail: serde_json::json!([{ "path": "risk.max_position", "before": 0.25, "after": 0.2 }]),
        applied_at: None,
        reverts: None,
    };
    let id = records.add_audit(&entry).unwrap();
    records.audit_applied(id, at("2024-06-01T12:00:01Z")).unwrap();
    let kept = records.get_audit(id).unwrap().unwrap();
    assert_eq!((kept.detail, kept.applied_at), (entry.detail.clone(), Some(at("2024-06-01T12:00:01Z"))));
    assert!(records.add_audit(&NewAudit { who: " ".to_owned(), ..entry }).is_err());
    let commands = AuditFilter { kind: Some(AuditKind::Command), ..AuditFilter::default() };
    assert_eq!(records.page_audit(&commands).unwrap().total, 0);

    let bar = |minute: i64| Bar {
        ts: Timestamp::from_nanos(minute * 60_000_000_000),
        open: 1.0,
        high: 2.0,
        low: 0.5,
        close: 1.5,
        volume: if minute == 2 { f64::NAN } else { 3.0 },
    };
    let bars: Vec<Bar> = (0..5).map(bar).collect();
    records.add_trip_bars("A", "1m", &bars[..3]).unwrap();
    records.add_trip_bars("A", "1m", &bars).unwrap();
    let found = records.trip_bars(bars[1].ts, bars[3].ts, 100, "A").unwrap().unwrap();
    assert_eq!((found.0.as_str(), found.1.len()), ("1m", 3));
    assert!(found.1[1].volume.is_nan() && found.1[0] == bars[1]);
    assert_eq!(records.trip_bars(bars[0].ts, bars[4].ts, 100, "B").unwrap(), None);
    assert_eq!(records.table_counts().unwrap()["audit"], 1);
}
