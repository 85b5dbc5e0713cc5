//! Reference pages made from the code, so that they cannot drift from it.

use std::fmt::Write;

use clap::CommandFactory;

use crate::cli::Cli;
use crate::config::{known_keys, variable_of};

const GENERATED: &str = "<!-- Made from the code by `UPDATE_DOCS=1 cargo test -p mem`. -->\n";

/// `docs/indicators.md`: the registry of indicators.
pub fn indicators() -> String {
    let mut page = format!("{GENERATED}# Indicators\n");
    let mut category = String::new();
    for spec in mem_indicators::registry() {
        if category != spec.category.to_string() {
            category = spec.category.to_string();
            let _ = write!(page, "\n## {category}\n");
        }
        let _ = write!(page, "\n### `{}`: {}\n\n", spec.name, spec.title);
        let _ = writeln!(page, "- Formula: {}", spec.formula);
        let _ = writeln!(page, "- Source: {}", spec.source);
        let _ = writeln!(page, "- Outputs: {}", spec.outputs.join(", "));
        let _ = writeln!(page, "- Warm-up at defaults: {} bars", spec.warmup(&spec.defaults()));
        for param in spec.params {
            let (allowed, default) = (param.kind.expected(), param.kind.default_value());
            let _ = writeln!(page, "- Parameter `{}`: {} ({allowed}; default {default})", param.name, param.doc);
        }
    }
    page
}

/// `docs/commands.md`: the help of every command.
pub fn commands() -> String {
    let mut page = format!("{GENERATED}# Commands\n");
    let mut root = Cli::command().term_width(100);
    root.build();
    describe(&mut root, &mut page);
    page
}

fn describe(command: &mut clap::Command, page: &mut String) {
    // What the program says to itself is not for people.
    if command.get_name() == "help" || command.is_hide_set() {
        return;
    }
    let name = command.get_bin_name().unwrap_or("mem").to_owned();
    let help = command.render_long_help().to_string();
    let _ = write!(page, "\n## `{name}`\n\n```text\n{}\n```\n", help.trim_end());
    for inner in command.get_subcommands_mut() {
        describe(inner, page);
    }
}

/// `docs/configuration.md`: every key with its environment variable and default.
pub fn configuration() -> String {
    let mut page = format!(
        "{GENERATED}# Configuration\n\nDefaults < `mem.toml` < saved settings < `.env` < environment < flags (`--set KEY=VALUE`). \
         `mem config show` prints what is in force and where each value comes from.\n\n\
         **Saved settings** are those that the pages changed (`POST /api/live/config`, see `api.md`): `settings.toml` in the data \
         folder, sections as in `mem.toml` and a `version` that counts changes. The file is replaced as a whole; who changed what, when \
         and why stands in the table `audit` of the records. The demo has a data folder, and so saved settings, of its own; there \
         its strategy, bars and symbols lie below them. Remove the file to take everything back.\n\n\
         | key | environment variable | default |\n|---|---|---|\n"
    );
    for (key, value) in known_keys() {
        let default = serde_json::to_string(&value).unwrap_or_default();
        let _ = writeln!(page, "| `{key}` | `{}` | `{default}` |", variable_of(&key));
    }
    page.push_str("\nThe meaning of each `simulation` key stands in `simulation.md`.\n");
    page
}
