//! The file around any report: head, policy, style, top bar, footer, data, scripts. Every text is escaped.

use std::fmt::{self, Display, Write};

use sha2::{Digest, Sha256};

use super::pack::base64;

const STYLE: &str = include_str!("assets/report.css");
const CHARTS: &str = include_str!("assets/vendor/lightweight-charts.standalone.production.js");
const NOTICE: &str = include_str!("assets/vendor/NOTICE");

/// What makes one report different from another.
pub(super) struct Document<'a> {
    /// Of the window.
    pub(super) title: String,
    /// The word in the top bar, unless the market is simulated.
    pub(super) kind: &'a str,
    pub(super) simulated: bool,
    pub(super) code_version: &'a str,
    /// Links of the top bar: id of the section and its name.
    pub(super) sections: &'a [(&'a str, &'a str)],
    /// What stands between them.
    pub(super) body: &'a str,
    /// JSON for the script.
    pub(super) payload: &'a str,
    /// The page's own script, one idea a file, in the order to be read.
    pub(super) script: &'a [&'a str],
}

/// Text that is safe between tags and in quoted attributes.
pub(super) struct Text<T>(pub(super) T);

impl<T: Display> Display for Text<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.to_string().chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// The whole file.
pub(super) fn document(document: &Document<'_>) -> String {
    let script = format!("(() => {{\n\"use strict\";\n{}\n}})();\n", document.script.join("\n"));
    let market = if document.simulated { "simulated" } else { "recorded" };
    let mode = if document.simulated { "SIMULATED MARKET" } else { document.kind };
    let mut html = String::new();
    // Only the two scripts below may run, and nothing may be fetched.
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{}' 'sha256-{}'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'",
        base64(&Sha256::digest(CHARTS)),
        base64(&Sha256::digest(&script)),
    );
    push(
        &mut html,
        format_args!(
            "<!doctype html>\n<html lang=\"en\" data-market=\"{market}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<title>{} \u{2013} MEM</title>\n\
             <style>\n{STYLE}</style>\n</head>\n<body>\n\
             <header class=\"top\"><span class=\"brand\">MEM</span><span class=\"mode\">{mode}</span>\
             <nav aria-label=\"Sections\">",
            Text(&document.title),
        ),
    );
    for (id, name) in document.sections {
        push(&mut html, format_args!("<a href=\"#{id}\" data-goto=\"{id}\">{name}</a>"));
    }
    html.push_str(
        "</nav><button type=\"button\" id=\"palette-switch\" aria-pressed=\"false\" title=\"Gains blue, losses orange\">Blue/orange</button></header>\n<main>\n",
    );
    html.push_str(document.body);
    html.push_str("</main>\n");
    push(
        &mut html,
        format_args!(
            "<footer><p>Made by MEM {}. Charts: {} <a href=\"https://www.tradingview.com/\" rel=\"noopener\">tradingview.com</a></p></footer>\n",
            Text(document.code_version),
            Text(NOTICE.trim()),
        ),
    );
    // `<` never stands in the data, so that no HTML parser can take it for markup.
    let payload = document.payload.replace('<', "\\u003c");
    push(&mut html, format_args!("<script type=\"application/json\" id=\"payload\">{payload}</script>\n"));
    push(&mut html, format_args!("<script>{CHARTS}</script>\n<script>{script}</script>\n</body>\n</html>\n"));
    html
}

/// Appends formatted text.
pub(super) fn push(html: &mut String, text: fmt::Arguments<'_>) {
    html.write_fmt(text).expect("writing to a String cannot fail");
}
