//! `mem indicators`: what they are, and their values on your data.

use anyhow::Context as _;
use mem_indicators::{IndicatorSpec, ParamSpec};
use mem_types::Timestamp;
use mem_types::near::nearest;

use super::{Context, parse_params, series};
use crate::cli::{CalculateArgs, IndicatorsCommand};
use crate::exit::{Outcome, UsageError};
use crate::output::{self, Align};

pub(super) fn run(context: &Context, command: IndicatorsCommand) -> anyhow::Result<Outcome> {
    match command {
        IndicatorsCommand::List { category } => list(context, category.as_deref())?,
        IndicatorsCommand::Show { name } => show(context, find(&name)?)?,
        IndicatorsCommand::Calculate(arguments) => calculate(context, &arguments)?,
    }
    Ok(Outcome::Done)
}

fn find(name: &str) -> Result<&'static IndicatorSpec, UsageError> {
    mem_indicators::find(name).ok_or_else(|| {
        let hint = nearest(name, mem_indicators::registry().iter().map(|spec| spec.name));
        UsageError(format!("unknown indicator {name}{hint} (`mem indicators list` shows all)"))
    })
}

fn list(context: &Context, category: Option<&str>) -> anyhow::Result<()> {
    let mut specs: Vec<&IndicatorSpec> = mem_indicators::registry().iter().collect();
    if let Some(wanted) = category {
        specs.retain(|spec| spec.category.to_string().to_lowercase().starts_with(&wanted.to_lowercase()));
        if specs.is_empty() {
            let mut known: Vec<String> =
                mem_indicators::registry().iter().map(|spec| spec.category.to_string()).collect();
            known.dedup();
            return Err(UsageError(format!("no category {wanted}: there are {}", known.join(", "))).into());
        }
    }
    if context.json {
        let described: Vec<_> = specs.iter().map(|spec| describe(spec)).collect::<Result<_, _>>()?;
        return output::json(&described);
    }
    let rows = specs.iter().map(|spec| {
        let params: Vec<String> =
            spec.params.iter().map(|param| format!("{} {}", param.name, param.kind.default_value())).collect();
        vec![
            spec.category.to_string(),
            spec.name.to_owned(),
            spec.title.to_owned(),
            params.join(", "),
            spec.outputs.join(", "),
        ]
    });
    output::table(
        &[
            ("category", Align::Left),
            ("name", Align::Left),
            ("what it is", Align::Left),
            ("parameters and defaults", Align::Left),
            ("outputs", Align::Left),
        ],
        rows,
    )
}

/// An indicator as JSON: its entry of the registry, with the warm-up at default parameters.
fn describe(spec: &IndicatorSpec) -> anyhow::Result<serde_json::Value> {
    let mut described = serde_json::to_value(spec)?;
    described["warmup"] = serde_json::json!(spec.warmup(&spec.defaults()));
    Ok(described)
}

/// Prints parameters with their ranges.
pub(super) fn param_table(params: &[ParamSpec]) -> anyhow::Result<()> {
    let rows = params.iter().map(|param| {
        vec![param.name.to_owned(), param.kind.default_value().to_string(), param.kind.expected(), param.doc.to_owned()]
    });
    output::table(
        &[("parameter", Align::Left), ("default", Align::Right), ("allowed", Align::Left), ("meaning", Align::Left)],
        rows,
    )
}

fn show(context: &Context, spec: &IndicatorSpec) -> anyhow::Result<()> {
    if context.json {
        return output::json(&describe(spec)?);
    }
    output::line(format!("{} ({}): {}", spec.name, spec.category, spec.title))?;
    output::line(format!("formula  {}", spec.formula))?;
    output::line(format!("source   {}", spec.source))?;
    output::line(format!("outputs  {}", spec.outputs.join(", ")))?;
    output::line(format!("warm-up  {} bars at default parameters", spec.warmup(&spec.defaults())))?;
    if spec.params.is_empty() { Ok(()) } else { param_table(spec.params) }
}

fn calculate(context: &Context, arguments: &CalculateArgs) -> anyhow::Result<()> {
    let spec = find(&arguments.name)?;
    let params = spec.resolve(&parse_params(&arguments.param)?).map_err(|error| UsageError(error.to_string()))?;
    let catalog = series::open_catalog(context);
    let key = series::resolve(&catalog, &arguments.series)?;
    let bars = catalog.read_bars(&key, None, arguments.span.to)?;
    let columns = spec.batch(bars.view(), &params);
    let from = bars.view().between(arguments.span.from, None).len();
    let first = bars.len() - from.min(arguments.tail);
    let rows = first..bars.len();
    if context.json {
        let values: serde_json::Map<String, serde_json::Value> = spec
            .outputs
            .iter()
            .zip(&columns)
            .map(|(name, column)| ((*name).to_owned(), serde_json::json!(defined(&column[rows.clone()]))))
            .collect();
        let times: Vec<Timestamp> = rows.clone().map(|index| bars.view().ts(index)).collect();
        let resolved: serde_json::Map<String, serde_json::Value> =
            params.iter().map(|(name, value)| (name.to_owned(), serde_json::json!(value))).collect();
        return output::json(&serde_json::json!({
            "indicator": spec.name, "params": resolved, "series": key, "time": times, "values": values,
        }));
    }
    let mut header = vec![("time", Align::Left), ("close", Align::Right)];
    header.extend(spec.outputs.iter().map(|name| (*name, Align::Right)));
    let table_rows = rows.map(|index| {
        let mut row = vec![bars.view().ts(index).to_string(), output::price(bars.view().close[index])];
        row.extend(columns.iter().map(|column| output::price(column[index])));
        row
    });
    output::line(format!("{} on {key}", spec.name))?;
    output::table(&header, table_rows).context("cannot print the table")
}

/// A column at the border: undefined values are null.
fn defined(column: &[f64]) -> Vec<Option<f64>> {
    column.iter().map(|value| value.is_finite().then_some(*value)).collect()
}
