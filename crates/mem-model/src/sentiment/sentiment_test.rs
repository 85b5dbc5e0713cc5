//! The built-in models on labelled texts.

use std::path::Path;

use super::linear::held_out;
use super::*;
use crate::validate::metric::{Average, Confusion};

/// Texts and tones of a file below the data folder.
fn labelled(path: &Path) -> Vec<(String, Tone)> {
    let text = mem_testkit::read_text(path);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows = reader.records().map(|record| record.unwrap());
    rows.map(|record| (record[1].to_owned(), Tone::named(&record[2]).unwrap())).collect()
}

/// Accuracy and macro-F1 of a model.
fn measured(rows: &[(String, Tone)], read: impl Fn(&str) -> Reading) -> (f64, f64) {
    let truth: Vec<i32> = rows.iter().map(|(_, tone)| *tone as i32).collect();
    let predicted: Vec<i32> = rows.iter().map(|(text, _)| read(text).tone as i32).collect();
    let confusion = Confusion::new(&truth, &predicted);
    (confusion.accuracy().unwrap(), confusion.f1(Average::Macro).unwrap())
}

#[test]
fn the_lexicon_reads_english() {
    let lexicon = Lexicon::built_in();
    let check = |text: &str, tone: Tone| assert_eq!(lexicon.read(text).tone, tone, "{text}: {:?}", lexicon.read(text));
    check("Shares of $ACME surge after earnings beat estimates", Tone::Positive);
    check("Profit warning: $ACME plunges", Tone::Negative);
    check("The board meets on Tuesday in Madrid", Tone::Neutral);
    check("Losses narrowed", Tone::Positive);
    check("Unemployment rises", Tone::Negative);
    check("Costs fell sharply", Tone::Positive);
    check("Revenue falls", Tone::Negative);
    check("This is not a good quarter", Tone::Negative);
    check("The company didn't miss", Tone::Positive);
    let (very, plain, slightly) =
        (lexicon.read("very strong"), lexicon.read("strong"), lexicon.read("slightly strong"));
    assert!(very.score > plain.score && plain.score > slightly.score && slightly.score > 0.0);
    assert!(lexicon.len() > 500);
}

#[test]
fn a_small_model_learns_what_it_is_told() {
    let texts = [
        ("profit beats", Tone::Positive),
        ("strong profit", Tone::Positive),
        ("loss widens", Tone::Negative),
        ("weak, a loss", Tone::Negative),
        ("board meets", Tone::Neutral),
        ("the board votes", Tone::Neutral),
    ];
    let model = LinearModel::train(&texts, LinearConfig { least_texts: 1, ..LinearConfig::default() });
    assert!(texts.iter().all(|(text, tone)| model.read(text).tone == *tone));
    assert_eq!(model, LinearModel::train(&texts, LinearConfig { least_texts: 1, ..LinearConfig::default() }));
    let kept = LinearModel::read_text(&model.to_text()).unwrap();
    for (text, _) in texts {
        assert!((kept.read(text).score - model.read(text).score).abs() < 0.02);
    }
    assert_eq!(LinearModel::read_text("#scale\t1\nword\t1\t2"), Err(linear::LinearError::Line(2)));
    assert_eq!(LinearModel::read_text("word\t1\t2\t3\t4"), Err(linear::LinearError::Scale));
    assert_eq!(
        model.read(""),
        LinearModel::train(&texts, LinearConfig { least_texts: 1, ..LinearConfig::default() }).read("xyzzy")
    );
}

#[test]
fn the_built_in_model_is_what_the_data_make() {
    let Some(path) = mem_testkit::real_data("sentiment/twitter_financial_news_train.csv.gz") else { return };
    let (unseen, seen): (Vec<_>, Vec<_>) = labelled(&path).into_iter().partition(|(text, _)| held_out(text));
    let seen: Vec<(&str, Tone)> = seen.iter().map(|(text, tone)| (&**text, *tone)).collect();
    let made = LinearModel::train(&seen, LinearConfig::default()).to_text();
    assert!(made.len() < 200_000, "{} bytes", made.len());
    assert!(made == include_str!("linear.tsv"), "train it again: docs/sentiment.md says how");
    let linear = LinearModel::built_in();
    let (accuracy, f1) = measured(&unseen, |text| linear.read(text));
    assert!(accuracy > 0.78 && f1 > 0.71, "{accuracy} {f1}");
}

#[test]
fn models_are_better_than_the_majority_on_texts_of_other_kinds() {
    let (lexicon, linear) = (Lexicon::built_in(), LinearModel::built_in());
    for file in ["sentiment/fiqa_posts.csv.gz", "sentiment/sentfin.csv.gz"] {
        let Some(path) = mem_testkit::real_data(file) else { return };
        let rows = labelled(&path);
        let most =
            Tone::ALL.into_iter().max_by_key(|tone| rows.iter().filter(|(_, other)| other == tone).count()).unwrap();
        let (_, majority) = measured(&rows, |_| Reading { score: 0.0, tone: most });
        for (_, f1) in [measured(&rows, |text| lexicon.read(text)), measured(&rows, |text| linear.read(text))] {
            assert!(f1 > majority + 0.1, "{file}: {f1}, majority {majority}");
        }
    }
}

#[test]
fn models_are_read_by_one_interface() {
    let text = "Shares of $ACME surge after earnings beat estimates";
    let scorers: [Box<dyn Scorer>; 2] = [Box::new(Lexicon::built_in()), Box::new(LinearModel::built_in())];
    let readings = scorers.each_ref().map(|scorer| scorer.score(text).unwrap());
    assert_eq!(readings, [Lexicon::built_in().read(text), LinearModel::built_in().read(text)]);
    assert_eq!(scorers.each_ref().map(|scorer| scorer.name()), ["lexicon", "linear"]);
}
