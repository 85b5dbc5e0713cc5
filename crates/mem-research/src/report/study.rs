//! What the reports of optimisations, comparisons and portfolios are put together from.

use serde::Serialize;

use super::shell::{Document, Text, document, push};
use super::words::number;
use crate::config::SimConfig;

/// The script of these reports.
const SCRIPT: [&str; 4] = [
    include_str!("assets/format.js"),
    include_str!("assets/dom.js"),
    include_str!("assets/charts.js"),
    include_str!("assets/study.js"),
];

/// A chart draws no more points of a line: more cannot be told apart.
pub(super) const POINTS: usize = 1_500;

/// A report that is being put together.
#[derive(Debug, Default)]
pub(super) struct Study {
    pub(super) html: String,
    sections: Vec<(&'static str, &'static str)>,
    charts: Vec<Chart>,
}

/// Lines over time or over a number.
#[derive(Debug, Serialize)]
pub(super) struct Chart {
    /// Id of its element.
    pub(super) id: &'static str,
    /// What it shows, for those who cannot see it.
    pub(super) label: &'static str,
    /// Seconds since the Unix epoch, or plain numbers.
    pub(super) over: Over,
    /// How its values are written.
    pub(super) unit: ChartUnit,
    /// Whether values are shares that are stacked up to 100.
    pub(super) stacked: bool,
    pub(super) x: Vec<i64>,
    pub(super) lines: Vec<Line>,
}

/// What a chart runs over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Over {
    Time,
    Number,
}

/// How values of a chart are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ChartUnit {
    Percent,
    Number,
}

/// One line of a chart.
#[derive(Debug, Serialize)]
pub(super) struct Line {
    pub(super) name: String,
    /// Which pane, from 0.
    pub(super) pane: usize,
    pub(super) y: Vec<Option<f64>>,
}

/// A cell of a sortable table.
pub(super) struct Cell {
    text: String,
    value: Option<f64>,
    class: &'static str,
}

impl Cell {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), value: None, class: "left" }
    }

    pub(super) fn figure(value: Option<f64>, decimals: usize) -> Self {
        Self { text: figure(value, decimals), value, class: "" }
    }

    /// A fraction as a percentage that is a gain or a loss.
    pub(super) fn gain(fraction: Option<f64>) -> Self {
        let class = fraction.map_or("", |value| {
            if value > 0.0 {
                "gain"
            } else if value < 0.0 {
                "loss"
            } else {
                ""
            }
        });
        Self { text: signed_percent(fraction), value: fraction, class }
    }

    pub(super) fn percent(fraction: Option<f64>) -> Self {
        Self { text: percent(fraction), value: fraction, class: "" }
    }

    pub(super) fn count(count: usize) -> Self {
        Self { text: number(count as f64), value: Some(count as f64), class: "" }
    }
}

impl Study {
    /// What it is, on what, when.
    pub(super) fn head(&mut self, title: &str, lead: &str, chips: &[String], facts: &[(&str, String)]) {
        let html = &mut self.html;
        push(
            html,
            format_args!(
                "<section class=\"about\"><div><h1>{}</h1>\n<p class=\"lead\">{}</p></div>\n",
                Text(title),
                Text(lead)
            ),
        );
        html.push_str("<ul class=\"chips\" aria-label=\"Settings\">");
        for chip in chips {
            push(html, format_args!("<li>{}</li>", Text(chip)));
        }
        html.push_str("</ul>\n<dl class=\"facts\">");
        for (name, value) in facts {
            push(html, format_args!("<div><dt>{name}</dt><dd><code>{}</code></dd></div>", Text(value)));
        }
        html.push_str("</dl></section>\n");
    }

    pub(super) fn banners(&mut self, simulated: bool, partial: Option<&str>) {
        if simulated {
            self.html.push_str("<p class=\"banner warn\"><b>SIMULATED MARKET.</b> These prices were made up by a seeded generator. They show how MEM works and say nothing about any real market.</p>\n");
        }
        if let Some(partial) = partial {
            push(&mut self.html, format_args!("<p class=\"banner warn\"><b>Partial.</b> {}</p>\n", Text(partial)));
        }
        self.html.push_str("<p class=\"banner bad\" id=\"script-error\" hidden><b>This page could not draw everything.</b> <span id=\"script-error-text\"></span></p>\n<noscript><p class=\"banner warn\">Charts and sorting need JavaScript, which is switched off. The tables are complete.</p></noscript>\n");
    }

    /// Name, value, class of the value, and what stands beneath.
    pub(super) fn cards(&mut self, cards: &[(&str, String, &str, String)]) {
        self.html.push_str("<section><div class=\"cards\">");
        for (name, value, class, besides) in cards {
            push(
                &mut self.html,
                format_args!(
                    "<div class=\"card\"><div class=\"card-name\">{name}</div><div class=\"card-value {class}\">{}</div><div class=\"card-besides\">{}</div></div>",
                    Text(value),
                    Text(besides)
                ),
            );
        }
        self.html.push_str("</div></section>\n");
    }

    /// Begins a section; `end` ends it.
    pub(super) fn section(&mut self, id: &'static str, name: &'static str, besides: &str) {
        self.sections.push((id, name));
        push(
            &mut self.html,
            format_args!(
                "<section class=\"panel\" id=\"{id}\"><header><h2>{name}</h2><span class=\"muted\">{}</span></header>\n",
                Text(besides)
            ),
        );
    }

    pub(super) fn end(&mut self) {
        self.html.push_str("</section>\n");
    }

    pub(super) fn caption(&mut self, text: &str) {
        push(&mut self.html, format_args!("<p class=\"caption\">{}</p>\n", Text(text)));
    }

    pub(super) fn chart(&mut self, chart: Chart) {
        push(
            &mut self.html,
            format_args!(
                "<div class=\"legend\" id=\"{0}-legend\"></div><div class=\"chart\" id=\"{0}\"></div>\n",
                chart.id
            ),
        );
        self.charts.push(chart);
    }

    /// A table that is sorted by a click on a head.
    pub(super) fn table(&mut self, heads: &[&str], rows: impl IntoIterator<Item = Vec<Cell>>) {
        self.html.push_str(
            "<div class=\"table-scroll\" tabindex=\"0\"><table class=\"symbols plain\" data-sortable><thead><tr>",
        );
        for head in heads {
            push(
                &mut self.html,
                format_args!("<th scope=\"col\"><button type=\"button\">{}</button></th>", Text(head)),
            );
        }
        self.html.push_str("</tr></thead><tbody>\n");
        for row in rows {
            self.html.push_str("<tr>");
            for Cell { text, value, class } in row {
                let value = value.map_or(String::new(), |value| value.to_string());
                push(&mut self.html, format_args!("<td class=\"{class}\" data-value=\"{value}\">{}</td>", Text(text)));
            }
            self.html.push_str("</tr>\n");
        }
        self.html.push_str("</tbody></table></div>\n");
    }

    /// A heat map: its heads above, and rows of a name and values. `middle` has no colour; `far` is as strong as it gets.
    /// Cells that are `marked` get a frame.
    pub(super) fn heat(&mut self, heat: &Heat<'_>) {
        push(
            &mut self.html,
            format_args!(
                "<div class=\"heat-scroll\"><table class=\"heat grid\"><thead><tr><th scope=\"col\">{}</th>",
                Text(heat.corner)
            ),
        );
        for head in heat.heads {
            push(&mut self.html, format_args!("<th scope=\"col\">{}</th>", Text(head)));
        }
        self.html.push_str("</tr></thead><tbody>\n");
        for (row, (name, values)) in heat.rows.iter().enumerate() {
            push(&mut self.html, format_args!("<tr><th scope=\"row\">{}</th>", Text(name)));
            for (column, value) in values.iter().enumerate() {
                let Some(value) = value else {
                    self.html.push_str("<td class=\"none\">\u{2014}</td>");
                    continue;
                };
                let strength = ((value - heat.middle).abs() / heat.far * 70.0).clamp(0.0, 70.0);
                let tint = if *value >= heat.middle { "up" } else { "down" };
                let class = if heat.marked == Some((row, column)) { " class=\"best\"" } else { "" };
                let text = (heat.write)(*value);
                push(
                    &mut self.html,
                    format_args!(
                        "<td{class} style=\"--tint:var(--{tint});--strength:{strength:.0}%\" title=\"{} {} / {}: {}\">{}</td>",
                        Text(heat.corner),
                        Text(name),
                        Text(heat.heads.get(column).map_or("", String::as_str)),
                        Text(&text),
                        Text(&text)
                    ),
                );
            }
            self.html.push_str("</tr>\n");
        }
        self.html.push_str("</tbody></table></div>\n");
    }

    /// What was assumed by each of some candidates; one list if all assume the same.
    pub(super) fn assumptions(&mut self, sims: &[(&str, &SimConfig)]) {
        self.section("assumptions", "What was assumed", "");
        let same = sims.windows(2).all(|pair| pair[0].1 == pair[1].1);
        for (name, sim) in if same { &sims[..sims.len().min(1)] } else { sims } {
            if !same {
                push(&mut self.html, format_args!("<h3>{}</h3>\n", Text(name)));
            }
            self.html.push_str("<dl class=\"words\">");
            for (name, words) in super::words::assumptions(sim) {
                push(&mut self.html, format_args!("<dt>{name}</dt><dd>{}</dd>", Text(words)));
            }
            self.html.push_str("</dl>\n");
        }
        self.end();
    }

    pub(super) fn notes(&mut self, notes: &[String]) {
        self.section("notes", "How to read this honestly", "");
        self.html.push_str("<ul class=\"notes\">");
        for note in notes {
            push(&mut self.html, format_args!("<li>{}</li>", Text(note)));
        }
        self.html.push_str("</ul>\n");
        self.end();
    }

    /// The configuration as it is stored.
    pub(super) fn config(&mut self, config: &impl Serialize) {
        let text = serde_json::to_string_pretty(config).expect("a configuration has text keys only");
        push(
            &mut self.html,
            format_args!(
                "<section class=\"panel\"><details><summary>How to repeat this</summary><p class=\"caption\">The same configuration, data and code give the same id and the same bytes.</p><pre><code>{}</code></pre></details></section>\n",
                Text(text)
            ),
        );
    }

    pub(super) fn finish(self, title: String, kind: &str, simulated: bool, code_version: &str) -> String {
        document(&Document {
            title,
            kind,
            simulated,
            code_version,
            sections: &self.sections,
            body: &self.html,
            payload: &serde_json::to_string(&self.charts).expect("charts have text keys only"),
            script: &SCRIPT,
        })
    }
}

/// What a heat map shows.
pub(super) struct Heat<'a> {
    /// What stands above the names of the rows.
    pub(super) corner: &'a str,
    pub(super) heads: &'a [String],
    pub(super) rows: &'a [(String, Vec<Option<f64>>)],
    pub(super) middle: f64,
    pub(super) far: f64,
    pub(super) marked: Option<(usize, usize)>,
    pub(super) write: fn(f64) -> String,
}

/// A number with so many decimals, or an em dash.
pub(super) fn figure(value: Option<f64>, decimals: usize) -> String {
    let Some(value) = value else { return "\u{2014}".to_owned() };
    let scale = 10_f64.powi(decimals as i32);
    let mut text = number((value * scale).round() / scale);
    if decimals > 0 {
        let there = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        if there == 0 {
            text.push('.');
        }
        text.extend(std::iter::repeat_n('0', decimals - there.min(decimals)));
    }
    text
}

/// A fraction in percent.
pub(super) fn percent(fraction: Option<f64>) -> String {
    fraction.map_or_else(|| "\u{2014}".to_owned(), |value| format!("{} %", figure(Some(value * 100.0), 2)))
}

/// The same with its sign.
pub(super) fn signed_percent(fraction: Option<f64>) -> String {
    let sign = if fraction.is_some_and(|value| value > 0.0) { "+" } else { "" };
    format!("{sign}{}", percent(fraction))
}

/// The class of a gain or a loss.
pub(super) fn gain_class(value: Option<f64>) -> &'static str {
    value.map_or("", |value| {
        if value > 0.0 {
            "gain"
        } else if value < 0.0 {
            "loss"
        } else {
            ""
        }
    })
}

/// Positions to draw of so many: evenly spread, the last one always.
pub(super) fn spread(count: usize) -> Vec<usize> {
    let step = count.div_ceil(POINTS).max(1);
    let mut positions: Vec<usize> = (0..count).step_by(step).collect();
    if count > 0 && positions.last() != Some(&(count - 1)) {
        positions.push(count - 1);
    }
    positions
}

/// Six significant digits are more than a screen shows.
pub(super) fn rounded(value: f64) -> Option<f64> {
    if !value.is_finite() {
        return None;
    }
    format!("{value:.5e}").parse().ok()
}
