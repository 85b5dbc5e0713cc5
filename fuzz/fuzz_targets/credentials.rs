//! What is typed or piped in, and the file of credentials: never a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = mem_credentials::input::read_fields(text);
    let _ = mem_credentials::is_readable(text);
});
