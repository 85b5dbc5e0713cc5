//! `mem config`: the configuration in force.

use std::io::Write;

use anyhow::Context as _;

use crate::cli::ConfigCommand;
use crate::config::{Config, FILE_NAME, Loaded, known_keys, variable_of};
use crate::exit::Outcome;
use crate::output::{self, Align};

pub(super) fn run(command: &ConfigCommand, loaded: &Loaded, json: bool) -> anyhow::Result<Outcome> {
    match command {
        ConfigCommand::Show if json => output::json(&loaded.config)?,
        ConfigCommand::Show => show(loaded)?,
        ConfigCommand::Keys => keys(json)?,
        ConfigCommand::Init => init()?,
    }
    Ok(Outcome::Done)
}

/// As a `mem.toml` that would give the same, each value that is no default with its source.
fn show(loaded: &Loaded) -> anyhow::Result<()> {
    let file = loaded.file.as_ref().map_or_else(|| format!("no {FILE_NAME}"), |path| path.display().to_string());
    output::line(format!("# {file} < saved settings < .env < MEM_* < flags; values without a remark are defaults"))?;
    let text = toml::to_string(&loaded.config)?;
    let mut section = String::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name.clone_into(&mut section);
        }
        let key = line.split('=').next().unwrap_or_default().trim();
        // A tagged table is one value: its remark stands at its heading.
        let source = loaded
            .sources
            .get(&format!("{section}.{key}"))
            .or_else(|| if line.starts_with('[') { loaded.sources.get(&section) } else { None });
        match source {
            Some(source) => output::line(format!("{line:<40} # {source}"))?,
            None => output::line(line)?,
        }
    }
    Ok(())
}

fn keys(json: bool) -> anyhow::Result<()> {
    let keys = known_keys();
    let default = |value: &figment::value::Value| serde_json::to_string(value).unwrap_or_default();
    if json {
        let rows: Vec<_> = keys
            .iter()
            .map(|(key, value)| serde_json::json!({"key": key, "variable": variable_of(key), "default": value}))
            .collect();
        return output::json(&rows);
    }
    output::table(
        &[("key", Align::Left), ("environment", Align::Left), ("default", Align::Left)],
        keys.iter().map(|(key, value)| vec![key.clone(), variable_of(key), default(value)]),
    )
}

fn init() -> anyhow::Result<()> {
    let text = format!(
        "# MEM's configuration. `mem config keys` lists every key.\n\n{}",
        toml::to_string(&Config::default())?
    );
    let mut file = std::fs::File::create_new(FILE_NAME)
        .with_context(|| format!("cannot write {FILE_NAME}: an existing one is never overwritten"))?;
    file.write_all(text.as_bytes())?;
    output::line(format!("wrote {FILE_NAME}"))
}
