//! Arbitrary text as what a page says over its WebSocket, and as an operator's command.
#![no_main]

mod edits;

use mem_server::live::command::CommandRequest;
use mem_server::live::message::ClientMessage;

const SEEDS: [&[u8]; 3] = [
    br#"{"op":"subscribe","topics":[{"topic":"bars","symbol":"SIM-ALPHA"},{"topic":"positions"}]}"#,
    br#"{"command":"watch_price","symbol":"SIM-ALPHA","reach":"cross","price":20000.5,"note":"round","repeating":true}"#,
    br#"{"command":"kill_switch_on","reason":"a look at it"}"#,
];

libfuzzer_sys::fuzz_target!(|sent: &[u8]| {
    let content = edits::content(sent, &SEEDS);
    if let Ok(ClientMessage::Subscribe { topics } | ClientMessage::Unsubscribe { topics }) =
        serde_json::from_slice(&content)
    {
        // What is wanted never outgrows what was said.
        assert!(topics.len() <= content.len());
    }
    if let Ok(command) = serde_json::from_slice::<CommandRequest>(&content) {
        let again = serde_json::to_vec(&command).expect("a command can be written");
        assert_eq!(serde_json::from_slice::<CommandRequest>(&again).expect("and read again"), command);
    }
});
