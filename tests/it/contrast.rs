//! The colours of the theme: words keep 4.5 to one against what they stand on, lines and marks 3 to one, in both themes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The colours of one theme, by the names of their custom properties.
type Colours = BTreeMap<String, [f64; 3]>;

/// The custom properties of the first rule after `mark` in a stylesheet of the theme.
fn colours(file: &str, mark: &str) -> Colours {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("static").join(file);
    let css = fs::read_to_string(path).unwrap();
    let rule = css.split_once(mark).unwrap_or_else(|| panic!("no {mark} in {file}")).1;
    let rule = rule.split_once('}').unwrap().0;
    let colour = |line: &str| {
        let (name, value) = line.trim().strip_prefix("--")?.split_once(": #")?;
        let digits = value.trim_end_matches(';');
        let part = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok().map(|part| f64::from(part) / 255.0);
        Some((name.to_owned(), [part(0)?, part(2)?, part(4)?]))
    };
    rule.lines().filter_map(colour).collect()
}

/// Relative luminance, as WCAG defines it.
#[allow(clippy::disallowed_methods, reason = "two digits are enough")]
fn luminance(colour: [f64; 3]) -> f64 {
    let linear = colour.map(|part| if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) });
    0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
}

fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn check(theme: &str, mark: &str) {
    let page = colours("theoria.css", mark);
    let plot = colours("plot.css", mark);
    let mut wrong = Vec::new();
    let mut ask = |words: &str, of: &Colours, ground: &str, least: f64| {
        let found = contrast(of[words], page[ground]);
        if found < least {
            wrong.push(format!("{theme}: {words} on {ground} has {found:.2}, not {least}"));
        }
    };
    for words in ["ink", "ink-soft", "accent", "good", "bad", "warn"] {
        for ground in ["paper", "panel", "accent-soft", "good-soft", "bad-soft", "warn-soft"] {
            ask(words, &page, ground, 4.5);
        }
    }
    let code: Vec<&String> = page.keys().filter(|name| name.starts_with("code-")).collect();
    assert!(code.len() >= 11, "the colours of code were not found");
    code.iter().for_each(|words| ask(words, &page, "panel", 4.5));
    assert_eq!(plot.len(), 8, "the colours of series were not found");
    for series in plot.keys() {
        ask(series, &plot, "paper", 3.0);
        ask(series, &plot, "panel", 3.0);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_light_theme_has_contrast() {
    check("light", ":root {");
}

#[test]
fn the_dark_theme_has_contrast_whichever_way_it_was_chosen() {
    check("dark by the system", ":root:not([data-theme=\"light\"]) {");
    check("dark by choice", ":root[data-theme=\"dark\"] {");
    for file in ["theoria.css", "plot.css"] {
        let both =
            [":root:not([data-theme=\"light\"]) {", ":root[data-theme=\"dark\"] {"].map(|mark| colours(file, mark));
        assert_eq!(both[0], both[1], "{file}");
    }
}
