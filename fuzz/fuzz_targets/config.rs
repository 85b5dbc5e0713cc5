//! Any text as a `mem.toml`: a configuration or an error with words, never a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mem_app::config::Config;

fuzz_target!(|text: &str| {
    match Config::from_toml(text) {
        // What is accepted is within range, and comes through its own printing.
        Ok(config) => assert!(config.simulation.validate().is_ok()),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
