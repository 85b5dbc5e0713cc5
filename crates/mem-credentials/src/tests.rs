use std::path::Path;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

fn clock() -> Timestamp {
    "2026-01-02T03:04:05Z".parse().unwrap()
}

fn credentials(folder: &TempDir) -> Credentials {
    with(folder, Sources::default())
}

fn with(folder: &TempDir, sources: Sources) -> Credentials {
    Credentials::new(folder.path(), sources, clock)
}

fn venue(name: &str) -> VenueName {
    name.parse().unwrap()
}

fn fields(pairs: &[(&str, &str)]) -> BTreeMap<FieldName, Secret> {
    pairs.iter().map(|(name, value)| (name.parse().unwrap(), Secret::new(*value))).collect()
}

fn got(credentials: &Credentials, name: &str) -> Vec<(String, String, Source)> {
    let fields = credentials.get(&venue(name)).unwrap();
    fields.into_iter().map(|field| (field.name.to_string(), field.secret.expose().to_owned(), field.source)).collect()
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn the_environment_comes_before_dot_env_before_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let pairs = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<Vec<_>>()
    };
    credentials(&folder)
        .set(&venue("okx"), fields(&[("api_key", "f1"), ("api_secret", "f2"), ("passphrase", "f3")]))
        .unwrap();
    let sources = Sources::new(
        pairs(&[("OKX_API_KEY", "e1"), ("OKX_API_SECRET", ""), ("MEM_CREDENTIALS_OKX_EXTRA", "e4")]),
        pairs(&[("OKX_API_KEY", "d1"), ("MEM_CREDENTIALS_OKX_API_SECRET", "d2")]),
    );
    let credentials = with(&folder, sources);
    assert_eq!(
        got(&credentials, "okx"),
        [
            ("api_key", "e1", Source::Environment),
            ("api_secret", "d2", Source::DotEnv),
            ("extra", "e4", Source::Environment),
            ("passphrase", "f3", Source::File)
        ]
        .map(|(name, value, source)| (name.to_owned(), value.to_owned(), source))
    );
    let shadowed = credentials.find(&venue("okx")).unwrap()[0].shadowed.clone();
    assert_eq!(shadowed, [Source::DotEnv, Source::File]);
    assert_eq!(credentials.venues().unwrap(), [venue("okx")]);
}

#[test]
fn a_rotation_can_be_undone_and_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let mut credentials = credentials(&folder);
    let kraken = venue("kraken");
    assert!(!credentials.refresh().unwrap());
    assert!(matches!(credentials.rotate(&kraken, fields(&[("api_key", "x")])), Err(CredentialsError::Missing { .. })));
    credentials.set(&kraken, fields(&[("api_key", "old"), ("api_secret", "s")])).unwrap();
    assert!(credentials.refresh().unwrap() && !credentials.refresh().unwrap());
    credentials.rotate(&kraken, fields(&[("api_key", "new")])).unwrap();
    assert!(credentials.refresh().unwrap());
    assert_eq!(got(&credentials, "kraken")[0].1, "new");
    credentials.undo(&kraken).unwrap();
    assert_eq!(got(&credentials, "kraken")[0].1, "old");
    credentials.delete(&kraken, Some(&"api_key".parse().unwrap())).unwrap();
    assert_eq!(got(&credentials, "kraken").len(), 1);
    assert!(
        credentials.check(Some(&kraken)).iter().any(|finding| finding.problem.as_deref() == Some("without api_key"))
    );
    credentials.delete(&kraken, None).unwrap();
    assert!(matches!(credentials.get(&kraken), Err(CredentialsError::Missing { .. })));
    let done: Vec<(Operation, AuditStatus)> =
        credentials.audit(Some(&kraken), 4).unwrap().iter().map(|entry| (entry.operation, entry.status)).collect();
    assert_eq!(
        done,
        [
            (Operation::Retrieve, AuditStatus::Success),
            (Operation::Check, AuditStatus::Failure),
            (Operation::Delete, AuditStatus::Success),
            (Operation::Retrieve, AuditStatus::Failure),
        ]
    );
}

#[test]
fn what_was_changed_from_outside_is_refused_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let credentials = credentials(&folder);
    for name in ["binance", "bybit"] {
        credentials.set(&venue(name), fields(&[("api_key", name), ("api_secret", "s")])).unwrap();
    }
    let path = credentials.path();
    // Two good tokens change places: each still opens, but they are not where they belong.
    let mut content: serde_json::Value = serde_json::from_str(&text(&path)).unwrap();
    let token = content["venues"]["bybit"]["fields"]["api_key"].clone();
    content["venues"]["binance"]["fields"]["api_key"] = token;
    std::fs::write(&path, content.to_string()).unwrap();
    assert!(matches!(credentials.get(&venue("binance")), Err(CredentialsError::Changed { .. })));
    assert_eq!(got(&credentials, "bybit")[0].1, "bybit");
    let findings = credentials.check(None);
    let wrong: Vec<_> =
        findings.iter().filter(|finding| finding.problem.is_some()).map(|finding| &finding.venue).collect();
    assert_eq!(wrong, ["binance"]);
    credentials.set(&venue("binance"), fields(&[("api_key", "anew"), ("api_secret", "s")])).unwrap();
    assert_eq!(got(&credentials, "binance")[0].1, "anew");
    std::fs::write(&path, "{\"version\": 9}").unwrap();
    assert!(matches!(credentials.get(&venue("bybit")), Err(CredentialsError::Unreadable { .. })));
}

#[cfg(unix)]
#[test]
fn files_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let credentials = credentials(&folder);
    credentials.set(&venue("polygon"), fields(&[("api_key", "k")])).unwrap();
    for name in ["credentials.json", "master.key", "credentials.audit.jsonl", "credentials.lock"] {
        let mode = std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{name}");
    }
    std::fs::set_permissions(credentials.key_path(), std::fs::Permissions::from_mode(0o644)).unwrap();
    let error = credentials.get(&venue("polygon")).unwrap_err().to_string();
    assert!(error.contains("chmod 600"), "{error}");
}

#[test]
fn a_new_master_key_opens_everything_and_a_kill_on_the_way_loses_nothing() {
    for stop in 1..=4 {
        let folder = tempfile::tempdir().unwrap();
        let credentials = credentials(&folder);
        credentials.set(&venue("binance"), fields(&[("api_key", "k"), ("api_secret", "s")])).unwrap();
        credentials.rotate(&venue("binance"), fields(&[("api_key", "k2")])).unwrap();
        let before = text(&credentials.key_path());
        let killed = || CredentialsError::KeyFromEnvironment;
        let done = credentials.rotate_master_key_in_steps(|step| if step == stop { Err(killed()) } else { Ok(()) });
        assert_eq!(done.is_ok(), stop == 4);
        assert_eq!(got(&credentials, "binance")[0].1, "k2", "killed after step {stop}");
        // Whatever was left lying about, the next one goes through.
        credentials.rotate_master_key().unwrap();
        assert_ne!(text(&credentials.key_path()), before);
        assert!(!folder.path().join("master.key.next").exists());
        credentials.undo(&venue("binance")).unwrap();
        assert_eq!(got(&credentials, "binance")[0].1, "k");
    }
}

#[test]
fn another_key_opens_nothing_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let key = fernet::Fernet::generate_key();
    let of = |name: &str, key: &str| Sources::new([(name.to_owned(), key.to_owned())], []);
    let ours = with(&folder, of("MEM_MASTER_KEY", &key));
    ours.set(&venue("polygon"), fields(&[("api_key", "k")])).unwrap();
    assert!(!ours.key_path().exists(), "a key from the environment is not written down");
    let other = with(&folder, of("MEM_MASTER_KEY", &fernet::Fernet::generate_key()));
    assert!(matches!(other.get(&venue("polygon")), Err(CredentialsError::WrongKey { .. })));
    let wrong = with(&folder, of("MEM_MASTER_KEY", "planted-secret"));
    let error = wrong.get(&venue("polygon")).unwrap_err();
    assert!(matches!(error, CredentialsError::Key { .. }) && !error.to_string().contains("planted"));
    assert!(matches!(ours.rotate_master_key(), Err(CredentialsError::KeyFromEnvironment)));
    let next = fernet::Fernet::generate_key();
    let both = Sources::new([("MEM_MASTER_KEY".to_owned(), key), ("MEM_MASTER_KEY_NEXT".to_owned(), next.clone())], []);
    with(&folder, both).rotate_master_key().unwrap();
    assert_eq!(got(&with(&folder, of("MEM_MASTER_KEY", &next)), "polygon")[0].1, "k");
}

#[test]
fn python_reads_the_file() {
    let Some(python) = mem_testkit::python("cryptography") else { return };
    let folder = tempfile::tempdir().unwrap();
    let credentials = credentials(&folder);
    credentials.set(&venue("binance"), fields(&[("api_key", "ключ"), ("api_secret", "s")])).unwrap();
    let script = "import json, sys; from cryptography.fernet import Fernet\n\
                  f = Fernet(open(sys.argv[1] + '/master.key').read())\n\
                  c = json.load(open(sys.argv[1] + '/credentials.json'))\n\
                  sys.stdout.buffer.write(f.decrypt(c['venues']['binance']['fields']['api_key']))";
    let output = std::process::Command::new(python).args(["-c", script]).arg(folder.path()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "ключ", "{}", String::from_utf8_lossy(&output.stderr));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn whatever_is_kept_comes_back(values in prop::collection::btree_map("[a-z][a-z0-9_]{0,8}", "\\PC{1,40}", 1..5)) {
        let folder = tempfile::tempdir().unwrap();
        let credentials = credentials(&folder);
        let kept = values.iter().map(|(name, value)| (name.parse().unwrap(), Secret::new(value.clone()))).collect();
        credentials.set(&venue("anything"), kept).unwrap();
        let back: BTreeMap<String, String> =
            got(&credentials, "anything").into_iter().map(|(name, value, _)| (name, value)).collect();
        prop_assert_eq!(&back, &values);
        let stored = text(&credentials.path());
        prop_assert!(values.values().filter(|value| value.len() > 8).all(|value| !stored.contains(value.as_str())));
        let debug = format!("{credentials:?} {:?}", credentials.find(&venue("anything")));
        prop_assert!(values.values().filter(|value| value.len() > 12).all(|value| !debug.contains(value.as_str())));
    }
}
