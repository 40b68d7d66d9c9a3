//! `cargo +nightly fuzz run formula`.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| theoria_fuzz::formula(text));
