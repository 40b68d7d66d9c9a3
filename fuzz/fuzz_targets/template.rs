//! `cargo +nightly fuzz run template`.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| theoria_fuzz::template(text));
