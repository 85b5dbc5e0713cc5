//! The run log: what is kept comes back equal, damage hides nothing, the same run is the same bytes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use mem_research::ResearchError;
use mem_research::run::Run;
use mem_research::runlog::{Kept, Listed, RunLog, diff};
use mem_store::table::TableFormat;
use mem_types::Timestamp;

use crate::made_up::tested;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            found.extend(files(&path).into_iter().map(|(below, bytes)| (format!("{name}/{below}"), bytes)));
        } else {
            found.insert(name, fs::read(&path).unwrap());
        }
    }
    found
}

#[test]
fn what_is_kept_comes_back_equal() {
    let data = tempfile::tempdir().unwrap();
    let log = RunLog::new(data.path());
    assert_eq!(log.list().unwrap(), []);
    let (run, _) = tested("binance_um", 3, 900, "1h", 12);
    let folder = log.keep(&run, at("2024-01-01")).unwrap();
    assert_eq!(log.load::<Run>(&run.id).unwrap(), run);
    assert_eq!(log.load::<Run>(&run.id[..4]).unwrap().id, run.id);
    let names: Vec<String> = files(&folder).into_keys().collect();
    assert!(names.contains(&"equity/venue=binance_um/symbol=SYM0USDT/equity.parquet".to_owned()), "{names:?}");
    // Keeping it again changes nothing, not even the time it was kept at.
    let before = files(&folder);
    log.keep(&run, at("2025-01-01")).unwrap();
    assert_eq!(files(&folder), before);
    assert_eq!(fs::read_dir(data.path().join("runs")).unwrap().count(), 1, "no unfinished folder is left");
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    let kept = |when: &str| {
        let data = tempfile::tempdir().unwrap();
        let (run, _) = tested("binance_um", 2, 500, "1h", 12);
        let mut files = files(&RunLog::new(data.path()).keep(&run, at(when)).unwrap());
        let meta = files.remove("meta.json").unwrap();
        (files, meta)
    };
    let (one, other) = (kept("2024-01-01"), kept("2024-01-02"));
    assert_eq!(one.0, other.0);
    assert_ne!(one.1, other.1);
}

#[test]
fn damage_is_listed_and_hides_nothing() {
    let data = tempfile::tempdir().unwrap();
    let log = RunLog::new(data.path());
    let runs: Vec<_> = [5, 6, 7].map(|slow| tested("us", 1, 300, "1d", slow).0).into();
    for (day, run) in runs.iter().enumerate() {
        log.keep(run, at(&format!("2024-01-0{}", day + 1))).unwrap();
    }
    fs::write(log.folder_of(&runs[1].id).join("run.json"), "{\"format\": 1, \"id\"").unwrap();
    fs::create_dir(log.folder_of("empty")).unwrap();
    let list = log.list().unwrap();
    let ids: Vec<&str> = list
        .iter()
        .map(|listed| match listed {
            Listed::Readable(summary) => summary.id.as_str(),
            Listed::Unreadable { id, .. } => id.as_str(),
        })
        .collect();
    assert_eq!(ids[..2], [runs[2].id.as_str(), runs[0].id.as_str()], "the latest first");
    assert!(matches!(&list[2..], [Listed::Unreadable { .. }, Listed::Unreadable { .. }]));
    assert!(matches!(log.load::<Run>(&runs[1].id), Err(ResearchError::UnreadableRun { .. })));
    // A newer format is named as such, a changed file is found out, and the run itself repairs what is broken.
    fs::write(log.folder_of(&runs[1].id).join("run.json"), "{\"format\": 99}").unwrap();
    let newer = log.load::<Run>(&runs[1].id).unwrap_err().to_string();
    assert!(newer.contains("format 99"), "{newer}");
    log.keep(&runs[1], at("2024-01-05")).unwrap();
    assert_eq!(log.load::<Run>(&runs[1].id).unwrap(), runs[1]);
    let path = log.folder_of(&runs[1].id).join("run.json");
    fs::write(&path, fs::read_to_string(&path).unwrap().replace("0.0005", "0.0004")).unwrap();
    assert!(matches!(log.load::<Run>(&runs[1].id), Err(ResearchError::UnreadableRun { .. })));
}

#[test]
fn runs_are_found_by_the_beginning_of_their_id_and_removed() {
    let data = tempfile::tempdir().unwrap();
    let log = RunLog::new(data.path());
    let (run, _) = tested("us", 1, 300, "1d", 5);
    log.keep(&run, at("2024-01-01")).unwrap();
    let longer = log.folder_of(&format!("{}0", run.id));
    fs::create_dir(&longer).unwrap();
    assert!(matches!(log.find(&run.id[..6]), Err(ResearchError::AmbiguousRun { matches, .. }) if matches.len() == 2));
    assert_eq!(log.find(&run.id).unwrap(), run.id, "a whole id is never ambiguous");
    fs::remove_dir(&longer).unwrap();
    for wanted in ["zzz", ""] {
        assert!(matches!(log.remove(wanted), Err(ResearchError::NoSuchRun { .. })), "'{wanted}'");
    }
    assert_eq!(log.remove(&run.id[..6]).unwrap(), run.id);
    assert_eq!(log.list().unwrap(), []);
    assert_eq!(fs::read_dir(data.path().join("runs")).unwrap().count(), 0);
}

#[test]
fn differences_are_named() {
    let (a, _) = tested("us", 2, 300, "1d", 5);
    let (b, _) = tested("us", 3, 300, "1d", 8);
    let found = diff(&a, &b).unwrap();
    let names: Vec<&str> = found.config.iter().map(|change| change.name.as_str()).collect();
    assert_eq!(names, ["params.slow", "symbols"]);
    assert!(found.totals.iter().any(|change| change.name == "trades"));
    assert_eq!(found.series.len(), 2);
    assert!(found.series[0].changes.iter().any(|change| change.name == "metrics.total_return"));
    assert_eq!((found.only_in_a.len(), found.only_in_b.len()), (0, 1));
    let same = diff(&a, &a).unwrap();
    assert!(same.config.is_empty() && same.totals.is_empty() && same.series.is_empty());
}

#[test]
fn every_format_can_be_exported() {
    let folder = tempfile::tempdir().unwrap();
    let (run, _) = tested("us", 2, 300, "1d", 5);
    for format in TableFormat::ALL {
        let written = run.export(format, folder.path()).unwrap();
        assert_eq!(written.len(), 4, "metrics, trades and the equity of two series");
    }
    let metrics = fs::read_to_string(folder.path().join(format!("{}-metrics.csv", run.id))).unwrap();
    let mut lines = metrics.lines();
    assert!(lines.next().unwrap().contains("total_return"));
    assert!(lines.next().unwrap().starts_with("us,SYM0USDT,1d,,"));
    let trades = fs::read_to_string(folder.path().join(format!("{}-trades.csv", run.id))).unwrap();
    assert_eq!(trades.lines().count(), run.totals().trades + 1);
}
