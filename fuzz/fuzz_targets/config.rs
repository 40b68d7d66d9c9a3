//! `cargo +nightly fuzz run config`.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| theoria_fuzz::config(text));
