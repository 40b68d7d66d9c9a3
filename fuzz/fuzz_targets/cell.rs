//! `cargo +nightly fuzz run cell`.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| theoria_fuzz::cell(text));
