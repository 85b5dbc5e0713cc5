//! Texts that reach models: what is foreseen live is what is foreseen from the records.

use std::sync::Arc;

use mem_engine::core::seat::Models;
use mem_engine::core::{Event, Output, Stamped, State, TextScore};
use mem_engine::keep::Keeper;
use mem_engine::texts::{NewText, key_of, take};
use mem_model::boost::BoostParameters;
use mem_model::feature::{self, FeatureStream, Score, Sources};
use mem_model::label::Labeler;
use mem_model::learn::Learn;
use mem_model::model::{Model, ModelParts, Tells};
use mem_model::sample::Sample;
use mem_model::sentiment::Lexicon;
use mem_store::records::{Records, RecordsOptions, TextFilter};
use mem_strategy::advice::Role;
use mem_types::{Bar, Bars, Timestamp};

use crate::models::{LABEL, TIMEFRAME, bar, bars, config, engine, said, seated};

const TEXTS: [&str; 4] = [
    "Profit surges after strong demand",
    "Shares plunge after fraud",
    "The meeting is on Tuesday",
    "Losses narrowed, outlook cautious",
];

/// Scores that tell what comes next, a minute before each bar closes.
fn telling(bars: &[Bar]) -> Vec<Score> {
    let before = |bar: &Bar| Timestamp::from_nanos(TIMEFRAME.close_of(bar.ts).as_nanos() - 60_000_000_000);
    bars.windows(2)
        .map(|pair| Score { known_at: before(&pair[0]), value: (pair[1].close / pair[0].close - 1.0).signum() * 0.5 })
        .collect()
}

/// A model that has learned to read the news.
fn taught() -> Model {
    let set = feature::named("core").unwrap();
    let taught = bars(3_000, 1, 1.0);
    let mut sources = Sources::default();
    sources.sentiments.insert("news".to_owned(), telling(&taught));
    let taught = Bars::from_bars(taught).unwrap();
    let table = FeatureStream::batch(&set, taught.view(), TIMEFRAME, &sources).unwrap().table;
    let labels = Labeler::batch(LABEL, taught.view(), TIMEFRAME, &[]).unwrap();
    let labels: Vec<_> = labels.into_iter().filter(|label| label.row >= set.warmup().unwrap()).collect();
    let rows: Vec<usize> = labels.iter().map(|label| label.row).collect();
    let target: Vec<f64> = labels.iter().map(|label| f64::from(u8::from(label.class > 0))).collect();
    let trees = BoostParameters { rounds: 30, leaves: 8, ..BoostParameters::default() };
    Model::new(ModelParts {
        version: "1.0.0".to_owned(),
        features: set.names(),
        horizon_minutes: 60,
        tells: Tells::Up,
        predictors: vec![trees.learn(&Sample::new(&table.select(&rows), &target), None).unwrap()],
        calibrator: None,
        watch: None,
    })
    .unwrap()
}

#[test]
fn live_and_from_the_records_are_the_same_to_the_bit() {
    let folder = tempfile::tempdir().unwrap();
    let records = Records::open(folder.path().join("mem_data.db"), RecordsOptions::default()).unwrap();
    let model = Arc::new(taught());
    let models = Models::from([("reader".to_owned(), Arc::clone(&model))]);
    let config = || config(Role::Vote, Some(seated(1, "reader")), None);
    let live = bars(600, 5, 1.0);
    let begin = live[0].ts.as_nanos();
    // Texts before the session, in it, and some that are heard of an hour and more after they were known; about the symbol, about all, about another.
    let about = ["TESTUSD", "*", "OTHERUSD"];
    let texts: Vec<NewText> = (0..400)
        .map(|number| NewText {
            known_at: Timestamp::from_nanos(begin + (number - 40) * 83 * 60_000_000_000),
            symbol: about[usize::try_from(number % 3).unwrap()].to_owned(),
            source: "news".to_owned(),
            key: key_of(&[&number.to_string()]),
            text: TEXTS[usize::try_from(number * 7 % 4).unwrap()].to_owned(),
            url: None,
            published_at: None,
        })
        .collect();
    take(&records, &Lexicon::built_in(), &texts).unwrap();
    let rows = records.texts(&TextFilter { limit: 1_000, ..TextFilter::default() }).unwrap().rows;
    let mut events: Vec<Stamped> = live.iter().map(bar).collect();
    events.extend(rows.iter().rev().map(|row| {
        let late = if row.id % 5 == 0 { 100 * 60_000_000_000 } else { 0 };
        let text = TextScore {
            id: row.id,
            symbol: (row.symbol != "*").then(|| row.symbol.parse().unwrap()),
            source: row.source.clone(),
            known_at: row.timestamp,
            score: row.score,
        };
        Stamped { at: Timestamp::from_nanos(row.timestamp.as_nanos() + late), event: Event::Text(text) }
    }));
    // A text that comes at the close of a bar is there before it.
    events.sort_by_key(|event| (event.at, matches!(event.event, Event::Bar { .. })));
    let mut loop_ = engine(config(), State::default(), &models);
    let outputs = said(&mut loop_, events.iter().cloned());
    Keeper::new(records.clone(), "texts").commit(&outputs, &loop_).unwrap();
    let later = outputs.iter().filter(|output| matches!(output, Output::KnownLater { .. })).count();
    assert!(later > 20, "some were late: {later}");

    let mut sources = Sources::default();
    let scores = records.scores("TESTUSD", "news").unwrap();
    assert!(scores.len() > 250);
    let scores = scores.into_iter().map(|(known_at, value)| Score { known_at, value }).collect();
    sources.sentiments.insert("news".to_owned(), scores);
    let set = feature::named("core").unwrap();
    let all = Bars::from_bars(live.iter().copied()).unwrap();
    let table = FeatureStream::batch(&set, all.view(), TIMEFRAME, &sources).unwrap().table;
    let deaf = FeatureStream::batch(&set, all.view(), TIMEFRAME, &Sources::default()).unwrap().table;
    let foreseen = |table: &mem_model::table::Table, index: usize| {
        let mut row = Vec::new();
        table.row(index, &mut row);
        model.predict_row(&row).unwrap()[0]
    };
    let mut heard = 0;
    let said: Vec<f64> = outputs
        .iter()
        .filter_map(|output| if let Output::Predicted(note) = output { Some(note.up) } else { None })
        .collect();
    assert_eq!(said.len(), live.len());
    for (index, up) in said.into_iter().enumerate() {
        assert_eq!(up.to_bits(), foreseen(&table, index).to_bits(), "bar {index}");
        heard += usize::from(up.to_bits() != foreseen(&deaf, index).to_bits());
    }
    assert!(heard > 400, "the news matter: {heard}");

    // The same events give the same words again.
    let mut again = engine(config(), State::default(), &models);
    assert_eq!(
        serde_json::to_string(&outputs).unwrap(),
        serde_json::to_string(&crate::models::said(&mut again, events)).unwrap()
    );
}
