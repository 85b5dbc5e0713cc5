//! Documentation that is generated from the code must be fresh. `UPDATE_DOCS=1 cargo test -p mem` rewrites it.

use std::path::Path;

use mem_app::docs;

fn check_fresh(name: &str, generated: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, generated).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == generated, "docs/{name} is stale: run UPDATE_DOCS=1 cargo test -p mem");
}

#[test]
fn the_indicator_reference_is_fresh() {
    check_fresh("indicators.md", &docs::indicators());
}

#[test]
fn the_command_reference_is_fresh() {
    check_fresh("commands.md", &docs::commands());
}

#[test]
fn the_configuration_reference_is_fresh() {
    check_fresh("configuration.md", &docs::configuration());
}
