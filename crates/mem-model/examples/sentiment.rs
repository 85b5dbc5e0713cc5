//! Makes the built-in model of tone from labelled texts, and measures models on them.
//!
//! `cargo run --release -p mem-model --example sentiment -- train FILE OUT`: trains on four fifths of FILE and writes the model to OUT.
//! `cargo run --release -p mem-model --example sentiment -- measure FILE...`: accuracy and macro-F1 of the built-in models on each file; of a file
//! whose name begins with `twitter`, on the fifth that was held out.
//!
//! A file is CSV, gzipped if its name ends in `.gz`, with columns `text` and `label` (negative, neutral, positive).

use std::path::Path;

use anyhow::{Context, Result, bail};
use mem_model::sentiment::linear::held_out;
use mem_model::sentiment::{Lexicon, LinearConfig, LinearModel, Tone};
use mem_model::validate::metric::{Average, Confusion};

/// Texts and tones of a file.
fn labelled(path: &str) -> Result<Vec<(String, Tone)>> {
    let text = mem_testkit::read_text(Path::new(path));
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let headers = reader.headers()?.clone();
    let column =
        |name: &str| headers.iter().position(|header| header == name).with_context(|| format!("no column {name}"));
    let (text, label) = (column("text")?, column("label")?);
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record?;
        let tone = Tone::named(&record[label]).with_context(|| format!("'{}' is no tone", &record[label]))?;
        rows.push((record[text].to_owned(), tone));
    }
    Ok(rows)
}

fn train(from: &str, to: &str) -> Result<()> {
    let rows = labelled(from)?;
    let kept: Vec<(&str, Tone)> =
        rows.iter().filter(|(text, _)| !held_out(text)).map(|(text, tone)| (&**text, *tone)).collect();
    let model = LinearModel::train(&kept, LinearConfig::default());
    std::fs::write(to, model.to_text())?;
    println!("{} terms from {} of {} texts", model.len(), kept.len(), rows.len());
    Ok(())
}

fn measure(path: &str) -> Result<()> {
    let mut rows = labelled(path)?;
    let name = Path::new(path).file_name().unwrap_or_default().to_string_lossy().into_owned();
    if name.starts_with("twitter") {
        rows.retain(|(text, _)| held_out(text));
    }
    let truth: Vec<i32> = rows.iter().map(|(_, tone)| *tone as i32).collect();
    let often = |tone: Tone| truth.iter().filter(|other| **other == tone as i32).count();
    let majority = Tone::ALL.into_iter().max_by_key(|tone| often(*tone)).context("there are tones")?;
    let (lexicon, linear) = (Lexicon::built_in(), LinearModel::built_in());
    println!("{name}: {} texts", rows.len());
    let say = |model: &str, predicted: Vec<i32>| {
        let confusion = Confusion::new(&truth, &predicted);
        let (accuracy, f1) =
            (confusion.accuracy().unwrap_or(f64::NAN), confusion.f1(Average::Macro).unwrap_or(f64::NAN));
        println!("  {model:<10} accuracy {accuracy:.3}  macro-F1 {f1:.3}");
    };
    say("majority", vec![majority as i32; rows.len()]);
    say("lexicon", rows.iter().map(|(text, _)| lexicon.read(text).tone as i32).collect());
    say("linear", rows.iter().map(|(text, _)| linear.read(text).tone as i32).collect());
    Ok(())
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["train", from, to] => train(from, to),
        ["measure", ref files @ ..] if !files.is_empty() => files.iter().try_for_each(|file| measure(file)),
        _ => bail!("train FILE OUT, or measure FILE..."),
    }
}
