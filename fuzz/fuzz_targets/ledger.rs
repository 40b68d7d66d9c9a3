//! `cargo +nightly fuzz run ledger`.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| theoria_fuzz::ledger(text));
