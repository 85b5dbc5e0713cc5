//! Keys go in and are used, and no secret comes out anywhere but where it was asked for.

use std::io::Write;
use std::process::{Output, Stdio};

use crate::program::Program;

const SECRETS: [&str; 3] = ["PLANTED-key-0123456789", "PLANTED-secret-9876543210", "PLANTED-newer-5555555555"];

fn with_input(program: &Program, arguments: &[&str], input: &str) -> Output {
    let mut command = program.command(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // What the system shows of a running program. A secret that was typed as an argument stands there already.
    #[cfg(target_os = "linux")]
    if !arguments.iter().any(|argument| argument.contains("PLANTED")) {
        let shown = std::fs::read(format!("/proc/{}/cmdline", child.id())).unwrap_or_default();
        assert!(!String::from_utf8_lossy(&shown).contains("PLANTED"));
    }
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn no_planted_secret_comes_out() {
    let program = Program::new();
    let mut everything = String::new();
    let mut run = |arguments: &[&str], input: &str, code: i32| {
        let traced: Vec<&str> = ["-v", "-v"].iter().chain(arguments).copied().collect();
        let output = with_input(&program, &traced, input);
        let text = said(&output);
        assert_eq!(output.status.code(), Some(code), "mem {}: {text}", arguments.join(" "));
        everything.push_str(&text);
        text
    };
    let both = format!("api_key={}\napi_secret={}\n", SECRETS[0], SECRETS[1]);
    assert!(run(&["credentials", "list"], "", 0).contains("no credentials yet"));
    run(&["credentials", "set", "binance", "--stdin"], &both, 0);
    run(&["credentials", "set", "kraken", "--stdin"], &format!("{{\"api_key\": \"{}\"}}", SECRETS[0]), 0);
    run(&["credentials", "set", "binance", "--stdin"], &format!("api_key {}", SECRETS[0]), 2);
    run(&["credentials", "set", "binance", "--stdin"], &format!("{{\"api_key\": [\"{}\"]}}", SECRETS[0]), 2);
    run(&["credentials", "set", SECRETS[1]], "", 2);
    assert!(run(&["credentials", "set", "binance"], &both, 2).contains("--stdin"));
    assert!(run(&["credentials", "show", "binance"], "", 0).contains("***6789"));
    run(&["credentials", "show", "binance", "--json"], "", 0);
    run(&["credentials", "list", "--json"], "", 0);
    assert!(run(&["credentials", "check"], "", 1).contains("without api_secret"));
    run(&["credentials", "rotate", "binance", "--stdin"], &format!("api_key={}", SECRETS[2]), 0);
    assert!(run(&["credentials", "show", "binance"], "", 0).contains("***5555"));
    run(&["credentials", "rotate", "binance", "--undo"], "", 0);
    run(&["credentials", "rotate", "--master-key"], "", 0);
    assert!(run(&["credentials", "show", "binance"], "", 0).contains("***6789"));
    run(&["credentials", "delete", "kraken"], "", 2);
    run(&["credentials", "delete", "kraken", "--yes"], "", 0);
    run(&["credentials", "check"], "", 0);
    assert!(run(&["credentials", "audit"], "", 0).contains("rotate"));
    run(&["credentials", "audit", "--json"], "", 0);
    // A file that does not belong there is refused without a word of it.
    let file = program.path("mem-data/credentials.json");
    let whole = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("{{\"version\": \"{}\"}}", SECRETS[1])).unwrap();
    run(&["credentials", "show", "binance"], "", 1);
    std::fs::write(&file, whole).unwrap();
    program.write(".env", &format!("BINANCE_API_SECRET={}\nMEM_DATA_FOLDR={}\n", SECRETS[1], SECRETS[2]));
    run(&["credentials", "show", "binance"], "", 2);
    program.write(".env", &format!("BINANCE_API_SECRET={}\n", SECRETS[1]));
    assert!(run(&["credentials", "show", "binance"], "", 0).contains(".env"));
    assert!(run(&["config", "show"], "", 0).contains("data"));
    std::fs::remove_file(program.path(".env")).unwrap();

    for secret in SECRETS {
        assert!(!everything.contains(secret), "{secret} was printed");
        for entry in std::fs::read_dir(program.path("mem-data")).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read(&path).unwrap();
            assert!(!String::from_utf8_lossy(&text).contains(secret), "{secret} is in {}", path.display());
        }
    }
    // Only who asks for it is shown it, and that is noted.
    let shown = program.ok(&["credentials", "show", "binance", "--reveal"]);
    assert!(shown.contains(SECRETS[0]) && shown.contains(SECRETS[1]));
    let audit = program.json(&["credentials", "audit", "binance", "--limit", "1"]);
    assert_eq!(audit[0]["operation"], "RETRIEVE");
}
