//! `cargo +nightly fuzz run front_matter`.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| theoria_fuzz::front_matter(text));
