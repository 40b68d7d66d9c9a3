//! `cargo +nightly fuzz run bibliography`.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| theoria_fuzz::bibliography(text));
