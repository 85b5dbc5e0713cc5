//! The page around the payload: what can be read without any script, every text escaped.

use super::figures;
use super::payload::{Payload, series_name};
use super::shell::{Document, Text, document, push};
use super::words::{assumptions, number};
use crate::run::{Outcome, Run};

/// The page's own script, one idea a file, read in this order.
const SCRIPT: [&str; 8] = [
    include_str!("assets/codec.js"),
    include_str!("assets/format.js"),
    include_str!("assets/dom.js"),
    include_str!("assets/marks.js"),
    include_str!("assets/charts.js"),
    include_str!("assets/figures.js"),
    include_str!("assets/tables.js"),
    include_str!("assets/page.js"),
];
const BODY: &str = include_str!("assets/body.html");

/// The whole file.
pub(super) fn page(run: &Run, payload: &Payload<'_>) -> String {
    let mut body = String::new();
    about(&mut body, run);
    banners(&mut body, run);
    if run.series.len() > 1 {
        all_symbols(&mut body, run);
    }
    symbol_choice(&mut body, run);
    body.push_str(BODY);
    assumption_list(&mut body, run);
    notes(&mut body, run);
    data(&mut body, run);
    let mut sections =
        vec![("symbol", "Results"), ("candles", "Candles"), ("trades", "Trades"), ("assumptions", "Assumptions")];
    if run.series.len() > 1 {
        sections.insert(0, ("all", "All symbols"));
    }
    document(&Document {
        title: format!("{} backtest {}", run.config.strategy, run.id),
        kind: "BACKTEST",
        simulated: run.is_simulated(),
        code_version: &run.code_version,
        sections: &sections,
        body: &body,
        payload: &serde_json::to_string(payload).expect("a payload has text keys only"),
        script: &SCRIPT,
    })
}

fn about(html: &mut String, run: &Run) {
    let config = &run.config;
    push(html, format_args!("<section class=\"about\"><div><h1>{}</h1>\n", Text(&config.strategy)));
    let (first, last) = span(run);
    push(
        html,
        format_args!(
            "<p class=\"lead\">Backtest of {} on {} bars, {} to {}</p></div>\n<ul class=\"chips\" aria-label=\"Parameters\">",
            Text(symbols_in_words(run)),
            config.timeframe,
            first,
            last,
        ),
    );
    for (name, value) in &config.params {
        push(html, format_args!("<li>{} <b>{}</b></li>", Text(name), Text(value)));
    }
    if config.params.is_empty() {
        html.push_str("<li>no parameters</li>");
    }
    html.push_str("</ul>\n<dl class=\"facts\">");
    let mut facts = vec![("Run", run.id.clone()), ("Code version", run.code_version.clone())];
    if let [only] = run.series.as_slice() {
        facts.push(("Venue", only.key.venue.to_string()));
        if let Outcome::Tested(tested) = &only.outcome {
            facts.push(("Bars", number(tested.summary.bars as f64)));
            facts.push(("Data fingerprint", short(&tested.summary.fingerprint).to_owned()));
        }
    }
    if let Some(model) = &config.model {
        facts.push(("Model", format!("{} as {}", model.title, model.role.as_str())));
        facts.push(("Model file", short(&model.sha256).to_owned()));
    }
    if !config.higher.is_empty() {
        let higher: Vec<String> = config.higher.iter().map(ToString::to_string).collect();
        facts.push(("Higher timeframes", higher.join(", ")));
    }
    for (name, value) in facts {
        push(html, format_args!("<div><dt>{name}</dt><dd><code>{}</code></dd></div>", Text(value)));
    }
    html.push_str("</dl></section>\n");
}

/// Enough of a fingerprint to tell data apart by eye.
fn short(fingerprint: &str) -> &str {
    fingerprint.get(..16).unwrap_or(fingerprint)
}

fn symbols_in_words(run: &Run) -> String {
    match run.series.as_slice() {
        [] => "no symbol".to_owned(),
        few if few.len() <= 6 => few.iter().map(|series| series_name(run, &series.key)).collect::<Vec<_>>().join(", "),
        many => format!("{} symbols", many.len()),
    }
}

fn span(run: &Run) -> (String, String) {
    let date = |time: Option<mem_types::Timestamp>| {
        time.map_or("\u{2014}".to_owned(), |time| time.to_string().chars().take(10).collect())
    };
    let first = run.tested().map(|(_, tested)| tested.summary.first).min();
    let last = run.tested().map(|(_, tested)| tested.summary.last).max();
    (date(first), date(last))
}

fn banners(html: &mut String, run: &Run) {
    if run.is_simulated() {
        html.push_str("<p class=\"banner warn\"><b>SIMULATED MARKET.</b> These prices were made up by a seeded generator. They show how MEM works and say nothing about any real market.</p>\n");
    }
    if let Some(model) = run.config.model.as_ref().filter(|model| model.in_sample) {
        push(
            html,
            format_args!(
                "<p class=\"banner bad\"><b>IN-SAMPLE.</b> {} was trained on bars up to {} and knows what became of them. Nothing here says what it is worth.</p>\n",
                Text(&model.title),
                model.trained_until
            ),
        );
    }
    if run.partial {
        let totals = run.totals();
        push(
            html,
            format_args!(
                "<p class=\"banner warn\"><b>Partial run.</b> It was stopped before {} of {} symbols were tested.</p>\n",
                totals.not_run,
                run.series.len()
            ),
        );
    }
    html.push_str("<p class=\"banner bad\" id=\"script-error\" hidden><b>This page could not draw everything.</b> <span id=\"script-error-text\"></span>. The tables written by the run itself (assumptions, data) are complete.</p>\n");
    html.push_str("<noscript><p class=\"banner warn\">Charts and trade tables need JavaScript, which is switched off. Nothing is loaded from a network.</p></noscript>\n");
}

fn all_symbols(html: &mut String, run: &Run) {
    html.push_str("<section class=\"panel\" id=\"all\"><header><h2>All symbols</h2><span class=\"muted\">each with its own account, no portfolio</span></header>\n<div class=\"cards\">");
    for (name, value, class, besides) in figures::total_cards(run) {
        push(
            html,
            format_args!(
                "<div class=\"card\"><div class=\"card-name\">{name}</div><div class=\"card-value {class}\">{}</div><div class=\"card-besides\">{}</div></div>",
                Text(value),
                Text(besides)
            ),
        );
    }
    html.push_str("</div>\n<p class=\"caption\">Choose a row to see that symbol below.</p>\n<div class=\"table-scroll\" tabindex=\"0\"><table class=\"symbols\" id=\"symbol-table\"><thead><tr><th scope=\"col\"><button type=\"button\">Symbol</button></th>");
    let columns = figures::table_columns();
    for figure in &columns {
        push(
            html,
            format_args!(
                "<th scope=\"col\" title=\"{}\"><button type=\"button\">{}</button></th>",
                Text(figure.help),
                figure.label
            ),
        );
    }
    html.push_str("</tr></thead><tbody>\n");
    for (index, series) in run.series.iter().enumerate() {
        push(
            html,
            format_args!(
                "<tr data-symbol=\"{index}\"><td><button type=\"button\">{}</button></td>",
                Text(series_name(run, &series.key))
            ),
        );
        match &series.outcome {
            Outcome::Tested(tested) => {
                for figure in &columns {
                    let value = (figure.value)(&tested.summary);
                    push(
                        html,
                        format_args!(
                            "<td class=\"{}\" data-value=\"{}\">{}</td>",
                            figure.class(value),
                            value.map_or(String::new(), |value| value.to_string()),
                            Text(figure.text(value))
                        ),
                    );
                }
            }
            Outcome::Failed(_) | Outcome::NotRun => push(
                html,
                format_args!(
                    "<td class=\"left\" data-value=\"\" colspan=\"{}\">{}</td>",
                    columns.len(),
                    Text(series.outcome.failure().unwrap_or_default())
                ),
            ),
        }
        html.push_str("</tr>\n");
    }
    html.push_str("</tbody></table></div></section>\n");
}

fn symbol_choice(html: &mut String, run: &Run) {
    let hidden = if run.series.len() > 1 { "" } else { " hidden" };
    push(
        html,
        format_args!(
            "<section class=\"symbol-bar\" id=\"symbol\"><h2 class=\"symbol-name\"></h2>\
             <button type=\"button\" id=\"symbol-previous\" aria-label=\"Previous symbol\" title=\"Previous symbol ([)\"{hidden}>\u{2190}</button>\
             <select id=\"symbol-choice\" aria-label=\"Symbol\"{hidden}>"
        ),
    );
    for (index, series) in run.series.iter().enumerate() {
        push(html, format_args!("<option value=\"{index}\">{}</option>", Text(series_name(run, &series.key))));
    }
    push(
        html,
        format_args!(
            "</select><button type=\"button\" id=\"symbol-next\" aria-label=\"Next symbol\" title=\"Next symbol (])\"{hidden}>\u{2192}</button></section>\n"
        ),
    );
}

fn assumption_list(html: &mut String, run: &Run) {
    html.push_str(
        "<section class=\"panel\" id=\"assumptions\"><header><h2>What was assumed</h2></header><dl class=\"words\">",
    );
    for (name, words) in assumptions(&run.config.sim) {
        push(html, format_args!("<dt>{name}</dt><dd>{}</dd>", Text(words)));
    }
    html.push_str("</dl></section>\n");
}

fn notes(html: &mut String, run: &Run) {
    html.push_str(
        "<section class=\"panel\" id=\"notes\"><header><h2>How to read this honestly</h2></header><ul class=\"notes\">",
    );
    for note in super::notes::notes(run) {
        push(html, format_args!("<li>{}</li>", Text(note)));
    }
    html.push_str("</ul></section>\n");
}

fn data(html: &mut String, run: &Run) {
    html.push_str("<section class=\"panel\" id=\"data\"><details><summary>Data and how to repeat this run</summary>\n<p class=\"caption\">A run with the same configuration, data and code has the same id and gives the same bytes.</p><div class=\"table-scroll\"><table class=\"symbols\"><thead><tr><th scope=\"col\">Series</th><th scope=\"col\">First bar</th><th scope=\"col\">Last bar</th><th scope=\"col\">Bars</th><th scope=\"col\">SHA-256 of the bars</th></tr></thead><tbody>\n");
    for series in &run.series {
        push(html, format_args!("<tr><td>{}</td>", Text(&series.key)));
        match &series.outcome {
            Outcome::Tested(tested) => push(
                html,
                format_args!(
                    "<td>{}</td><td>{}</td><td>{}</td><td><code>{}</code></td>",
                    tested.summary.first,
                    tested.summary.last,
                    number(tested.summary.bars as f64),
                    Text(&tested.summary.fingerprint)
                ),
            ),
            Outcome::Failed(_) | Outcome::NotRun => push(
                html,
                format_args!(
                    "<td class=\"left\" colspan=\"4\">{}</td>",
                    Text(series.outcome.failure().unwrap_or_default())
                ),
            ),
        }
        html.push_str("</tr>\n");
    }
    let config = serde_json::to_string_pretty(&run.config).expect("a configuration has text keys only");
    push(html, format_args!("</tbody></table></div>\n<pre><code>{}</code></pre></details></section>\n", Text(config)));
}
