//! `cargo +nightly fuzz run page`.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| theoria_fuzz::page(text));
