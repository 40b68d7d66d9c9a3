//! The fuzz targets, for some seconds: their seeds, and as many of these cut and joined in odd ways.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::fuzz_targets as targets;
use crate::support::Dice;

type Target = (&'static str, fn(&str), usize);

/// Each with the number of its odd texts.
const TARGETS: [Target; 9] = [
    ("page", targets::page, 150),
    ("front_matter", targets::front_matter, 300),
    ("config", targets::config, 300),
    ("cell", targets::cell, 300),
    ("ledger", targets::ledger, 300),
    ("formula", targets::formula, 1500),
    ("template", targets::template, 150),
    ("bibliography", targets::bibliography, 300),
    ("questions", targets::questions, 300),
];

/// What means something, somewhere.
const WORDS: [&str; 72] = [
    "$",
    "$$",
    "\\(",
    "\\[",
    "{{",
    "}}",
    "{{a.x:.2}}",
    "{tip: $x$: y\\nz}",
    ":::",
    "::: {.question #q-x status=open}",
    "```",
    "```rust cell",
    "//| label: fig-a",
    "~~~",
    "> ",
    "- ",
    "1. ",
    "#",
    "##> fold",
    "<",
    ">",
    "</div>",
    "<div markdown=\"1\">",
    "<!--",
    "-->",
    "|",
    "|:--|",
    "[^1]",
    "[^1]: ",
    "^[",
    "]",
    "[",
    "](",
    "![",
    "@fig-a",
    "@a2020",
    "[see @a, p. 3; -@b]",
    "{#sec-a}",
    "{od: x}",
    "\\",
    "\\label{eq-a}",
    "\\begin{align}",
    "\\end{align}",
    "\\left(",
    "\\frac",
    "{",
    "}",
    "_",
    "^",
    "&",
    "*",
    "**",
    "`",
    "\"",
    "'",
    "\t",
    "\r\n",
    "\n",
    "\n\n",
    "\u{0}",
    "\u{feff}",
    "\u{202e}",
    "é",
    "🦀",
    "---",
    "...",
    "{%",
    "%}",
    "- {",
    ": ",
    "&a *a",
    "!!binary",
];

fn odd(dice: &mut Dice, seeds: &[String]) -> String {
    let mut text = cut(dice, seeds);
    for _ in 0..1 + dice.below(6) {
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let (a, b) = (*dice.pick(&places), *dice.pick(&places));
        let (from, to) = (a.min(b), a.max(b).min(a.min(b) + 40).min(text.len()));
        let to = text.floor_char_boundary(to).max(from);
        match dice.below(5) {
            0 => text.replace_range(from..to, ""),
            1 => text.insert_str(from, dice.pick::<&str>(&WORDS)),
            2 => text.replace_range(from..to, dice.pick::<&str>(&WORDS)),
            3 => {
                let again = text[from..to].repeat(2 + dice.below(30));
                text.insert_str(from, &again);
            }
            _ => text.insert_str(from, &cut(dice, seeds)),
        }
    }
    text
}

/// A stretch of a seed, of some thousand characters at most.
fn cut(dice: &mut Dice, seeds: &[String]) -> String {
    let seed: Vec<char> = dice.pick(seeds).chars().collect();
    let (start, length) = (dice.below(seed.len().max(1)), 1 + dice.below(2_000));
    seed.iter().skip(if length > 1_000 { 0 } else { start }).take(length).collect()
}

fn seeds(name: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(name);
    let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| fs::read_to_string(file).unwrap()).collect()
}

#[test]
fn no_text_makes_a_panic_or_takes_for_ever() {
    for (name, target, count) in TARGETS {
        let (seeds, mut dice) = (seeds(name), Dice::new(name.len() as u64));
        assert!(!seeds.is_empty(), "{name}");
        seeds.iter().for_each(|seed| target(seed));
        for at in 0..count {
            let text = odd(&mut dice, &seeds);
            let start = Instant::now();
            let outcome = std::panic::catch_unwind(|| target(&text));
            assert!(outcome.is_ok(), "{name}, text {at} panics:\n{text}");
            // A hang, not a slow machine.
            assert!(start.elapsed() < Duration::from_secs(20), "{name}, text {at} takes for ever:\n{text}");
        }
    }
}
