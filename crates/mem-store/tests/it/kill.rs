//! Killing a writer at any moment leaves a file that reads.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use mem_store::catalog::{Catalog, fingerprint_bars};

use crate::sample::{key, minutes};

const ROLE: &str = "MEM_TEST_KILLED_WRITER";
const BARS: i64 = 20_000;

/// Not a test by itself: run by the one below as a process of its own, it merges two versions of a series in turn until
/// it is killed.
#[test]
fn killed_writer() {
    let Ok(root) = std::env::var(ROLE) else { return };
    let catalog = Catalog::open(root);
    loop {
        for shift in [0.0, 1.0] {
            catalog.merge_bars(&key("1m"), &minutes(0, BARS, shift)).unwrap();
            println!("merged");
        }
    }
}

#[test]
fn a_killed_writer_leaves_the_old_or_the_new_file() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(folder.path());
    let versions = [0.0, 1.0].map(|shift| fingerprint_bars(minutes(0, BARS, shift).view()));
    for kill in 0..12 {
        let mut writer = Command::new(std::env::current_exe().unwrap())
            .args(["kill::killed_writer", "--exact", "--nocapture"])
            .env(ROLE, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(writer.stdout.take().unwrap()).lines();
        // After so many merges, at whatever point of the next one that the signal happens to find it.
        let merges =
            lines.by_ref().map(Result::unwrap).filter(|line| line.contains("merged")).take(1 + kill % 3).count();
        assert!(merges > 0, "the writer never wrote");
        for _ in 0..kill * 40_000 {
            std::hint::spin_loop();
        }
        writer.kill().unwrap();
        writer.wait().unwrap();
        let found = catalog.fingerprint(&key("1m")).unwrap();
        assert!(versions.contains(&found), "kill {kill}: neither the old nor the new series");
        assert_eq!(catalog.list().unwrap().len(), 1);
    }
    // The lock died with its holder, and leftovers are cleared by the next writer.
    catalog.merge_bars(&key("1m"), &minutes(BARS, BARS + 1, 0.0)).unwrap();
    let names: Vec<String> = std::fs::read_dir(folder.path().join("bars/venue=binance_um/symbol=BTCUSDT/timeframe=1m"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(names, ["bars.parquet"]);
}
