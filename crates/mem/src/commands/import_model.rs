//! `mem models import`: models that were made elsewhere.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::Command;

use anyhow::Context as _;
use mem_engine::shelf::Shelf;
use mem_model::forest::Link;
use mem_model::import::{Imported, lightgbm, xgboost};
use mem_model::learn::Predictor;
use mem_model::lifecycle::registry::NewModel;
use mem_model::lifecycle::{ModelId, ModelRecord, Stage};
use mem_model::model::{Model, ModelParts, Tells};
use mem_model::network::{Ask, Network};
use mem_store::records::{AuditKind, NewAudit};
use rustix::process::{Resource, Rlimit, setrlimit};
use serde_json::json;

use super::models::WHO;
use super::now;
use crate::cli::ImportModelArgs;
use crate::exit::UsageError;

/// The kind of a network.
const ONNX: &str = "onnx";

/// What a foreign file may take while it is looked at: bytes of address space, seconds of computing.
const MEMORY: u64 = 4 << 30;
const SECONDS: u64 = 60;

/// Takes in a model for what another one here is for.
pub(super) fn import(shelf: &Shelf, like: &ModelRecord, arguments: &ImportModelArgs) -> anyhow::Result<ModelId> {
    let file = &arguments.file;
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let wrong = |error: &dyn std::fmt::Display| UsageError(format!("{}: {error}", file.display()));
    let template = shelf.load(like)?;
    let kind = Kind::of(file, &bytes);
    if kind != Kind::Onnx && (arguments.logits || arguments.output.is_some()) {
        return Err(UsageError("--output and --logits are for models in ONNX format".to_owned()).into());
    }
    let text = || std::str::from_utf8(&bytes).map_err(|_| wrong(&"this is no model that is understood here"));
    let (name, model) = match kind {
        Kind::Ours => {
            within_limits(file, None)?;
            let model = Model::from_bytes(&bytes).map_err(|error| wrong(&error))?;
            let is_network = matches!(model.parts().predictors[..], [Predictor::Network(_), ..]);
            (if is_network { ONNX.to_owned() } else { like.kind.clone() }, model)
        }
        Kind::Onnx => (ONNX.to_owned(), network(file, &bytes, &template, arguments)?),
        Kind::Xgboost | Kind::XgboostBinary | Kind::Lightgbm => {
            let (name, read) = match kind {
                Kind::Xgboost => ("xgboost", xgboost::read(text()?)),
                Kind::XgboostBinary => ("xgboost", xgboost::read_ubjson(&bytes)),
                _ => ("lightgbm", lightgbm::read(text()?)),
            };
            let imported = read.map_err(|error| wrong(&error))?;
            (name.to_owned(), forest(imported, &template).map_err(|error| wrong(&error))?)
        }
    };
    if model.parts().features != template.parts().features {
        return Err(wrong(&format!("it was made for other features than those of {}", like.title())).into());
    }
    let new = NewModel {
        name: arguments.name.clone(),
        kind: name,
        scope: like.scope.clone(),
        at: now(),
        trained_on: like.trained_on,
        rows: 0,
        data_fingerprint: "unknown: imported".to_owned(),
        features: like.features.clone(),
        params: like.params.clone(),
        code_version: env!("CARGO_PKG_VERSION").to_owned(),
        seed: 0,
    };
    let id = shelf.change(|registry| registry.register(new))?;
    let version = shelf.registry()?.get(id)?.version.to_string();
    let artefact = shelf.store(&model.versioned(version))?;
    let why = format!("imported from {}", file.file_name().map(|name| name.to_string_lossy()).unwrap_or_default());
    shelf.change(|registry| {
        registry.trained(id, artefact, now())?;
        registry.advance(id, Stage::Staging, now(), &why, BTreeMap::new())
    })?;
    shelf.records().add_audit(&NewAudit {
        kind: AuditKind::Command,
        who: WHO.to_owned(),
        why,
        detail: json!({ "models": "import", "model": id }),
        applied_at: Some(now()),
        reverts: None,
    })?;
    Ok(id)
}

/// What kinds of files there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Ours,
    Xgboost,
    XgboostBinary,
    Lightgbm,
    Onnx,
}

impl Kind {
    /// By how a file begins; only ONNX has no sure sign, so that its name may say it, too.
    fn of(file: &Path, bytes: &[u8]) -> Self {
        let onnx = file.extension().is_some_and(|extension| extension == "onnx");
        match bytes.trim_ascii_start() {
            // The version of the format comes first.
            [8, ..] => Self::Onnx,
            _ if onnx => Self::Onnx,
            text if text.starts_with(b"mem-model ") => Self::Ours,
            // The length of a name, or how many there are.
            [b'{', b'i' | b'U' | b'I' | b'l' | b'L' | b'#' | b'$', ..] => Self::XgboostBinary,
            [b'{', ..] => Self::Xgboost,
            _ => Self::Lightgbm,
        }
    }
}

/// A forest that others trained, as a model that tells what `template` tells.
fn forest(imported: Imported, template: &Model) -> Result<Model, String> {
    if template.parts().tells != Tells::Up {
        return Err("it can be taken in only like a model that tells the probability of a rise".to_owned());
    }
    let predictor = Predictor::Forest(imported.forest);
    if predictor.link() != Link::Logistic {
        return Err("it does not tell the probability of two classes".to_owned());
    }
    let parts = ModelParts {
        features: imported.features,
        predictors: vec![predictor],
        calibrator: None,
        tells: Tells::Up,
        ..template.parts().clone()
    };
    Model::new(parts).map_err(|error| error.to_string())
}

/// A network that others trained, as a model that tells what `template` tells from the same features.
fn network(file: &Path, bytes: &[u8], template: &Model, arguments: &ImportModelArgs) -> anyhow::Result<Model> {
    let wrong = |error: &dyn std::fmt::Display| UsageError(format!("{}: {error}", file.display()));
    let parts = template.parts().clone();
    let (link, outputs) = match &parts.tells {
        Tells::Up | Tells::Gain => (Link::Logistic, 1),
        Tells::Return => (Link::Identity, 1),
        Tells::Classes(names) => (Link::Softmax, names.len()),
        Tells::ReturnQuantiles(_) | Tells::Volatility => {
            return Err(wrong(&"a model in ONNX format cannot stand for one of quantiles or of volatility").into());
        }
    };
    let ask = Ask {
        features: parts.features.clone(),
        link,
        outputs,
        output: arguments.output.clone(),
        logits: arguments.logits,
    };
    within_limits(file, Some(&ask))?;
    let network = Network::import(bytes, &ask).map_err(|error| wrong(&error))?;
    let parts = ModelParts { predictors: vec![Predictor::Network(network)], calibrator: None, ..parts };
    Ok(Model::new(parts).map_err(|error| wrong(&error))?)
}

/// Has another process of this program read the file and ask the network in it, so that a file made to exhaust this machine stops that process and no other.
fn within_limits(file: &Path, ask: Option<&Ask>) -> anyhow::Result<()> {
    let program = std::env::current_exe().context("the program does not know where it lies")?;
    let mut command = Command::new(program);
    command.args(["models", "probe"]).arg(file);
    if let Some(ask) = ask {
        command.arg(serde_json::to_string(ask)?);
    }
    let output = command.output().context("cannot start a process that looks at the file")?;
    if output.status.success() {
        return Ok(());
    }
    if output.status.signal().is_some() {
        let (memory, file) = (MEMORY >> 30, file.display());
        let error = format!("{file}: the model takes more than {memory} GB of memory or {SECONDS} s of computing");
        return Err(UsageError(error).into());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(UsageError(said.trim_start_matches("error: ").to_owned()).into())
}

/// What that other process does.
pub(super) fn probe(file: &Path, ask: Option<&str>) -> anyhow::Result<()> {
    for (resource, most) in [(Resource::As, MEMORY), (Resource::Cpu, SECONDS)] {
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) }).context("cannot set limits")?;
    }
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let wrong = |error: &dyn std::fmt::Display| UsageError(format!("{}: {error}", file.display()));
    match ask {
        Some(ask) => drop(Network::import(&bytes, &serde_json::from_str(ask)?).map_err(|error| wrong(&error))?),
        None => drop(Model::from_bytes(&bytes).map_err(|error| wrong(&error))?),
    }
    Ok(())
}
