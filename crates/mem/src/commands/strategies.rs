//! `mem strategies`: what they are, with their parameters.

use mem_strategy::{Strategy, StrategySpec};
use mem_types::near::nearest;

use super::indicators::param_table;
use super::{Context, parse_params};
use crate::cli::StrategiesCommand;
use crate::exit::{Outcome, UsageError};
use crate::output::{self, Align};

pub(super) fn run(context: &Context, command: &StrategiesCommand) -> anyhow::Result<Outcome> {
    let all = mem_strategy::builtins();
    let describe = |spec: &StrategySpec| {
        serde_json::json!({
            "name": spec.name,
            "title": spec.title,
            "summary": spec.summary,
            "params": spec.params,
        })
    };
    match command {
        StrategiesCommand::List if context.json => output::json(&all.iter().map(describe).collect::<Vec<_>>())?,
        StrategiesCommand::List => output::table(
            &[("name", Align::Left), ("what it is", Align::Left), ("how it works", Align::Left)],
            all.iter().map(|spec| vec![spec.name.to_owned(), spec.title.to_owned(), spec.summary.to_owned()]),
        )?,
        StrategiesCommand::Show { name } => {
            let spec = find(name)?;
            if context.json {
                output::json(&describe(spec))?;
            } else {
                output::line(format!("{}: {}", spec.name, spec.title))?;
                output::line(spec.summary)?;
                param_table(spec.params)?;
            }
        }
    }
    Ok(Outcome::Done)
}

pub(super) fn find(name: &str) -> Result<&'static StrategySpec, UsageError> {
    let all = mem_strategy::builtins();
    all.iter().find(|spec| spec.name == name).ok_or_else(|| {
        let hint = nearest(name, all.iter().map(|spec| spec.name));
        UsageError(format!("unknown strategy {name}{hint} (`mem strategies list` shows all)"))
    })
}

/// The strategy that was typed, with the parameters that were typed.
pub(super) fn build(name: &str, params: &[String]) -> Result<Box<dyn Strategy>, UsageError> {
    let spec = find(name)?;
    mem_strategy::build(spec.name, &parse_params(params)?).map_err(|error| UsageError(error.to_string()))
}
