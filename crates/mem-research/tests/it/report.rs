//! Reports: deterministic, self-contained, safe, small enough, and drawn by a real browser.

use std::path::Path;

use mem_indicators::ParamValue;
use mem_research::report::{render, write_report};
use mem_research::run::{Outcome, Run, SeriesRun};

use crate::made_up::{MadeUp, key, tested};

#[test]
fn equal_runs_give_equal_bytes() {
    let page = || {
        let (run, market) = tested("binance_um", 2, 800, "1h", 10);
        render(&run, &market)
    };
    assert_eq!(page(), page());
}

#[test]
fn a_page_needs_nothing_from_elsewhere() {
    let (run, market) = tested("binance_um", 2, 800, "1h", 10);
    let html = render(&run, &market);
    assert!(html.contains("default-src 'none'"));
    for fetching in ["<link", "@import", "src=\"", "srcset", "fetch(", "XMLHttpRequest", "WebSocket"] {
        assert!(!html.contains(fetching), "{fetching}");
    }
    assert!(html.contains("TradingView Lightweight Charts") && html.contains("https://www.tradingview.com/"));
}

#[test]
fn a_simulated_market_is_unmistakable() {
    let (simulated, market) = tested("simulated", 1, 300, "1h", 10);
    let html = render(&simulated, &market);
    assert!(html.contains("data-market=\"simulated\"") && html.contains("SIMULATED MARKET"));
    let (recorded, market) = tested("binance_um", 1, 300, "1h", 10);
    assert!(!render(&recorded, &market).contains("SIMULATED MARKET"));
}

#[test]
fn no_text_can_become_markup() {
    let (mut run, market) = tested("binance_um", 2, 300, "1h", 10);
    let attack = "</script><img src=x onerror=alert(1)>\"'&";
    run.config.strategy = attack.to_owned();
    run.config.params = vec![(attack.to_owned(), ParamValue::Choice(attack.to_owned()))];
    run.code_version = attack.to_owned();
    run.series.push(SeriesRun { key: key("us", "BAD", "1h"), outcome: Outcome::Failed(attack.to_owned()) });
    let html = render(&run, &market);
    assert!(!html.contains("<img"));
    assert_eq!(html.matches("</script>").count(), 3, "payload, library, page");
    assert!(html.contains("&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;"));
}

#[test]
fn every_trade_says_why_it_was_entered() {
    let (run, market) = tested("binance_um", 1, 800, "1h", 30);
    let html = render(&run, &market);
    assert_eq!(html.matches("sma(10) crossed ").count(), run.totals().trades);
}

#[test]
fn missing_or_other_candles_are_not_shown() {
    let (run, mut market) = tested("binance_um", 1, 300, "1h", 10);
    assert!(
        render(&run, &MadeUp::default()).contains("The candles could not be read: no bars of binance_um/SYM0USDT/1h")
    );
    for bars in market.0.values_mut() {
        *bars = bars.view().slice(0..299).to_bars();
    }
    assert!(render(&run, &market).contains("no longer those that were tested"));
}

#[test]
fn pages_stay_small() {
    let (ten, market) = tested("binance_um", 10, 28_000, "1h", 40);
    let size = render(&ten, &market).len();
    assert!(size < 4_000_000, "ten symbols: {size} bytes, {} trades", ten.totals().trades);
    let (one, market) = tested("binance_um", 1, 1_000_000, "1m", 120);
    let size = render(&one, &market).len();
    assert!(size < 3_000_000, "a million bars: {size} bytes, {} trades", one.totals().trades);
}

/// The vendored library is the very file that its README names.
#[test]
fn the_charting_library_is_the_one_documented() {
    use sha2::{Digest, Sha256};
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/report/assets/vendor");
    let script = std::fs::read(folder.join("lightweight-charts.standalone.production.js")).unwrap();
    let checksum: String = Sha256::digest(script).iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(std::fs::read_to_string(folder.join("README.md")).unwrap().contains(&checksum));
}

/// The page as a browser leaves it after its scripts have run.
fn drawn(run: &Run, market: &MadeUp) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("report.html");
    write_report(run, market, &page).unwrap();
    mem_testkit::drawn(&format!("file://{}", page.display()), 1400, 2400)
}

fn root(dom: &str) -> &str {
    let start = dom.find("<html").expect("an html element");
    &dom[start..start + dom[start..].find('>').expect("its end")]
}

#[test]
fn a_browser_draws_every_chart() {
    let (run, market) = tested("simulated", 3, 3_000, "1h", 24);
    let Some(dom) = drawn(&run, &market) else { return };
    let root = root(&dom);
    assert!(root.contains("data-ready=\"true\"") && !root.contains("data-error"), "{root}");
    let charts: usize = root.split("data-charts=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap();
    assert!(charts >= 10, "{charts} canvases");
    for drawn in ["class=\"heat\"", "class=\"median\"", "class=\"trade-row\"", "class=\"card-value"] {
        assert!(dom.contains(drawn), "{drawn}");
    }
}

/// Failed series, no trades, hardly any bars, no candles: said in words, and no script error.
#[test]
fn a_browser_shows_what_there_is_of_a_poor_run() {
    let (mut run, _) = tested("us", 1, 3, "1d", 10);
    run.series.push(SeriesRun { key: key("us", "BAD", "1d"), outcome: Outcome::Failed("nothing to test".to_owned()) });
    let Some(dom) = drawn(&run, &MadeUp::default()) else { return };
    assert!(root(&dom).contains("data-ready=\"true\"") && !root(&dom).contains("data-error"), "{}", root(&dom));
    assert!(dom.contains("No trade was made") && dom.contains("nothing to test"));
}
