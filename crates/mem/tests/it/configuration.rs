//! Layers, sources and mistakes of the configuration.

use crate::program::Program;

#[test]
fn layers_win_in_order_and_are_named() {
    let program = Program::new();
    program.write("mem.toml", "[records]\ndurability = 'full'\n[data]\nfolder = 'from_file'\n[run]\nthreads = 1\n");
    program.write(".env", "# a comment\nMEM_DATA_FOLDER=\"from dotenv\"\nOTHER=x\n");
    let output =
        program.command(&["config", "show", "--set", "run.threads=2"]).env("MEM_LOG_LEVEL", "error").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let line =
        |key: &str| text.lines().find(|line| line.starts_with(key)).unwrap_or_else(|| panic!("{key} in\n{text}"));
    assert!(line("durability").contains("full") && line("durability").contains("# mem.toml"));
    assert!(line("folder").contains("from dotenv") && line("folder").contains("# .env"));
    assert!(line("level").contains("error") && line("level").contains("# environment"));
    assert!(line("threads").contains('2') && line("threads").contains("# flag"));
}

#[test]
fn mistakes_are_named_before_anything_starts() {
    let program = Program::new();
    program.write("mem.toml", "[data]\nfoldr = 'x'\n");
    let said = program.fails(2, &["data", "list"]);
    assert!(
        said.contains("mem.toml") && said.contains("data.foldr") && said.contains("did you mean folder?"),
        "{said}"
    );
    let program = Program::new();
    let said = program.fails(2, &["config", "show", "--set", "simulation.leverage=-1"]);
    assert!(said.contains("leverage"), "{said}");
    let said = program.fails(2, &["config", "show", "--config", "absent.toml"]);
    assert!(said.contains("absent.toml"), "{said}");
}

#[test]
fn what_init_writes_is_what_is_in_force() {
    let program = Program::new();
    let before = program.json(&["config", "show"]);
    program.ok(&["config", "init"]);
    assert_eq!(program.json(&["config", "show"]), before);
    assert!(program.fails(1, &["config", "init"]).contains("never overwritten"));
}
