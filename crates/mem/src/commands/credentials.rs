//! `mem credentials`: keys of venues. Secrets come from a prompt or from standard input, never from arguments, and are
//! printed only by `show --reveal`.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Read};
use std::path::Path;
use std::str::FromStr;

use anyhow::Context as _;
use mem_credentials::input::read_fields;
use mem_credentials::{AuditStatus, Credentials, FieldName, NameError, Secret, Source, Sources, VenueName};
use serde_json::json;

use super::{Context, now};
use crate::cli::{CredentialsCommand, SecretArgs};
use crate::exit::{Outcome, UsageError};
use crate::output::{self, Align};

pub(super) fn run(context: &Context, command: CredentialsCommand) -> anyhow::Result<Outcome> {
    let credentials = open(context)?;
    match command {
        CredentialsCommand::Set(secret) => {
            let venue = name(&secret.venue)?;
            let fields = typed(&secret, &venue, &credentials)?;
            credentials.set(&venue, fields.clone())?;
            done(context, &venue, "kept", fields.keys())?;
        }
        CredentialsCommand::Rotate { master_key: true, .. } => {
            credentials.rotate_master_key()?;
            done(context, "master key", "rotated; everything is encrypted anew", [].iter())?;
        }
        CredentialsCommand::Rotate { venue: Some(venue), undo: true, .. } => {
            let venue = name(&venue)?;
            credentials.undo(&venue)?;
            done(context, &venue, "back to what stood before the last rotation", [].iter())?;
        }
        CredentialsCommand::Rotate { venue: Some(venue), field, stdin, .. } => {
            let of = name(&venue)?;
            let fields = typed(&SecretArgs { venue, field, stdin }, &of, &credentials)?;
            credentials.rotate(&of, fields.clone())?;
            done(context, &of, "rotated; `--undo` goes back", fields.keys())?;
        }
        CredentialsCommand::Rotate { venue: None, .. } => {
            return Err(UsageError("say whose, or --master-key".to_owned()).into());
        }
        CredentialsCommand::List => list(context, &credentials)?,
        CredentialsCommand::Show { venue, reveal } => show(context, &credentials, &name(&venue)?, reveal)?,
        CredentialsCommand::Check { venue } => {
            let venue: Option<VenueName> = venue.as_deref().map(name).transpose()?;
            return check(context, &credentials, venue.as_ref());
        }
        CredentialsCommand::Delete { venue, field, yes } => {
            let venue: VenueName = name(&venue)?;
            let field: Option<FieldName> = field.as_deref().map(name).transpose()?;
            let what = field.as_ref().map_or_else(|| venue.to_string(), |field| format!("{field} of {venue}"));
            if !yes {
                return Err(UsageError(format!("this removes {what} for good: say --yes")).into());
            }
            credentials.delete(&venue, field.as_ref())?;
            done(context, what, "removed from the file", [].iter())?;
        }
        CredentialsCommand::Audit { venue, limit } => {
            let venue: Option<VenueName> = venue.as_deref().map(name).transpose()?;
            audit(context, &credentials, venue.as_ref(), limit)?;
        }
    }
    Ok(Outcome::Done)
}

/// A name as it was typed. Its error shows too little of it to give a secret away.
fn name<N: FromStr<Err = NameError>>(typed: &str) -> Result<N, UsageError> {
    typed.parse().map_err(|error: NameError| UsageError(error.to_string()))
}

/// The credentials of the configured data folder.
fn open(context: &Context) -> anyhow::Result<Credentials> {
    let sources = Sources::of_process(Path::new(".env"))?;
    Ok(Credentials::new(&context.config.data.folder, sources, now))
}

/// What was typed, at a prompt that shows nothing or on standard input.
fn typed(
    arguments: &SecretArgs,
    venue: &VenueName,
    credentials: &Credentials,
) -> anyhow::Result<BTreeMap<FieldName, Secret>> {
    if arguments.stdin {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("cannot read standard input")?;
        let fields = read_fields(&text).map_err(|error| UsageError(format!("standard input: {error}")));
        // The text holds the secrets: it is wiped as they are.
        drop(Secret::new(text));
        return Ok(fields?);
    }
    if !std::io::stdin().is_terminal() {
        return Err(UsageError(
            "standard input is no terminal: say --stdin and send FIELD=VALUE lines or JSON".to_owned(),
        )
        .into());
    }
    let named: Result<Vec<FieldName>, UsageError> = arguments.field.iter().map(|field| name(field)).collect();
    let mut wanted = named?;
    if wanted.is_empty() {
        wanted = venue.fields();
    }
    if wanted.is_empty() {
        wanted = credentials.find(venue).unwrap_or_default().into_iter().map(|field| field.name).collect();
    }
    if wanted.is_empty() {
        return Err(UsageError(format!("the fields of {venue} are not known: name them with --field")).into());
    }
    let mut fields = BTreeMap::new();
    for field in wanted {
        let text = rpassword::prompt_password(format!("{venue} {field} (not shown, empty leaves it): "))?;
        if !text.is_empty() {
            fields.insert(field, Secret::new(text));
        }
    }
    if fields.is_empty() {
        return Err(UsageError("nothing was typed; nothing has changed".to_owned()).into());
    }
    Ok(fields)
}

fn done<'a>(
    context: &Context,
    what: impl std::fmt::Display,
    how: &str,
    fields: impl Iterator<Item = &'a FieldName>,
) -> anyhow::Result<()> {
    let fields: Vec<&str> = fields.map(FieldName::as_str).collect();
    if context.json {
        return output::json(&json!({ "what": what.to_string(), "done": how, "fields": fields }));
    }
    let fields = if fields.is_empty() { String::new() } else { format!(" ({})", fields.join(", ")) };
    output::line(format!("{what}{fields}: {how}"))
}

fn source(source: Source) -> &'static str {
    match source {
        Source::Environment => "environment",
        Source::DotEnv => ".env",
        Source::File => "file",
    }
}

fn list(context: &Context, credentials: &Credentials) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    for venue in credentials.venues()? {
        let fields = credentials.find(&venue)?;
        let absent = venue.fields().into_iter().filter(|name| !fields.iter().any(|field| field.name == *name));
        let absent: Vec<String> = absent.map(String::from).collect();
        rows.push((venue, fields, absent));
    }
    if context.json {
        let venues: Vec<_> = rows
            .iter()
            .map(|(venue, fields, absent)| {
                let fields: BTreeMap<&str, &str> =
                    fields.iter().map(|field| (field.name.as_str(), source(field.source))).collect();
                json!({ "venue": venue, "fields": fields, "absent": absent })
            })
            .collect();
        return output::json(&venues);
    }
    if rows.is_empty() {
        return output::line("no credentials yet: `mem credentials set VENUE` takes them");
    }
    let rows = rows.iter().map(|(venue, fields, absent)| {
        let fields: Vec<String> =
            fields.iter().map(|field| format!("{} ({})", field.name, source(field.source))).collect();
        vec![
            venue.to_string(),
            fields.join(", "),
            if absent.is_empty() { output::UNDEFINED.to_owned() } else { absent.join(", ") },
        ]
    });
    output::table(&[("venue", Align::Left), ("fields (from)", Align::Left), ("missing", Align::Left)], rows)
}

fn show(context: &Context, credentials: &Credentials, venue: &VenueName, reveal: bool) -> anyhow::Result<()> {
    let fields = credentials.get(venue)?;
    let text = |secret: &Secret| if reveal { secret.expose().to_owned() } else { secret.masked() };
    if context.json {
        let fields: Vec<_> = fields
            .iter()
            .map(|field| {
                json!({
                    "field": field.name, "value": text(&field.secret), "source": field.source, "shadowed": field.shadowed,
                })
            })
            .collect();
        return output::json(&json!({ "venue": venue, "fields": fields, "revealed": reveal }));
    }
    let rows = fields.iter().map(|field| {
        let shadowed: Vec<&str> = field.shadowed.iter().map(|place| source(*place)).collect();
        let passed = if shadowed.is_empty() { output::UNDEFINED.to_owned() } else { shadowed.join(", ") };
        vec![field.name.to_string(), text(&field.secret), source(field.source).to_owned(), passed]
    });
    output::table(
        &[("field", Align::Left), ("value", Align::Left), ("from", Align::Left), ("also in, passed over", Align::Left)],
        rows,
    )
}

fn check(context: &Context, credentials: &Credentials, venue: Option<&VenueName>) -> anyhow::Result<Outcome> {
    let findings = credentials.check(venue);
    let whole = findings.iter().all(|finding| finding.problem.is_none());
    if context.json {
        output::json(&json!({ "ok": whole, "findings": findings }))?;
    } else {
        let rows = findings.iter().map(|finding| {
            let of = if finding.venue.is_empty() { "(all)" } else { &finding.venue };
            vec![of.to_owned(), finding.what.to_owned(), finding.problem.clone().unwrap_or_else(|| "ok".to_owned())]
        });
        output::table(&[("venue", Align::Left), ("what", Align::Left), ("finding", Align::Left)], rows)?;
    }
    anyhow::ensure!(whole, "something is wrong with the credentials");
    Ok(Outcome::Done)
}

fn audit(context: &Context, credentials: &Credentials, venue: Option<&VenueName>, limit: usize) -> anyhow::Result<()> {
    let entries = credentials.audit(venue, limit)?;
    if context.json {
        return output::json(&entries);
    }
    let rows = entries.iter().map(|entry| {
        let status = if entry.status == AuditStatus::Success { "success" } else { "failure" };
        let operation = format!("{:?}", entry.operation).to_lowercase();
        vec![entry.timestamp.to_string(), entry.broker.clone(), operation, status.to_owned(), entry.details.clone()]
    });
    output::table(
        &[
            ("time", Align::Left),
            ("venue", Align::Left),
            ("operation", Align::Left),
            ("status", Align::Left),
            ("details", Align::Left),
        ],
        rows,
    )
}
