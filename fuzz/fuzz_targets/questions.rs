//! `cargo +nightly fuzz run questions`.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| theoria_fuzz::questions(text));
