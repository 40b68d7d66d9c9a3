//! The house in order: who may import whom, a caption in every file, sizes, and words that are not used.

use std::fs;
use std::path::{Path, PathBuf};

/// What a part of the crate may import of the crate. A prefix: `theory` is also `theory::kernel`.
const WALLS: &[(&str, &[&str])] = &[
    ("src/theory/", &["theory"]),
    ("src/record/", &["record"]),
    ("src/show/", &["show", "theory", "record"]),
    ("src/guide/", &["guide", "record"]),
    ("src/shell/", &["shell", "guide", "record"]),
    ("src/cli/", &["cli", "shell", "guide"]),
];

/// Lines in a file. What is larger today is named here with its size, so that it cannot grow.
const FILE: usize = 500;
const LARGER_FILES: &[(&str, usize)] = &[
    // A table.
    ("tests/it/mistakes/cases.rs", 700),
];

/// Lines in a function, its signature and braces included.
const FUNCTION: usize = 60;
const LONGER_FUNCTIONS: &[(&str, usize)] = &[];

const BANNED: &[(&str, &str)] = &[
    ("todo!", "finish it or leave it out"),
    ("unimplemented!", "finish it or leave it out"),
    ("dbg!", "a trace of debugging"),
    ("mod util", "name it after what it holds"),
    ("mod common", "name it after what it holds"),
    ("mod helpers", "name it after what it holds"),
    ("mod prelude_", "imports say who needs whom"),
    ("std::env::set_var", "tests run side by side in one process"),
];

/// Path from the crate's root, with forward slashes, and text of every Rust file of these folders.
fn sources(folders: &[&str]) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut open: Vec<PathBuf> = folders.iter().map(|folder| root.join(folder)).collect();
    let mut out = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
                out.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    out.sort();
    assert!(out.len() > 30, "the sources were not found");
    out
}

/// The code of a file: no comments, no tests below `#[cfg(test)]`.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let tests = text.find("#[cfg(test)]").unwrap_or(text.len());
    let lines = text[..tests].lines().enumerate().map(|(index, line)| (index + 1, line));
    lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
}

#[track_caller]
fn assert_none(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n  {}", wrong.join("\n  "));
}

#[test]
fn imports_run_one_way() {
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for (file, text) in sources(&["src"]) {
        let Some((_, allowed)) = WALLS.iter().find(|(part, _)| file.starts_with(part)) else {
            assert!(["src/lib.rs", "src/main.rs"].contains(&file.as_str()), "{file} is in no part of the house");
            continue;
        };
        // How many `super::` it takes to leave the part of the house.
        let depth = file.matches('/').count() - 1;
        for (line, code) in code(&text) {
            for (at, _) in code.match_indices("crate::") {
                let name: String = code[at + 7..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let group = code[at + 7..].starts_with('{');
                seen += 1;
                if group || !allowed.contains(&name.as_str()) {
                    wrong.push(format!("{file}:{line} imports {}", code[at..].trim()));
                }
            }
            let ups = code.split("super::").count() - 1;
            if code.contains("super::super::") && ups > depth {
                wrong.push(format!("{file}:{line} climbs out of its part of the house"));
            }
        }
    }
    assert!(seen > 20, "the imports were not found");
    assert_none(&wrong);
}

#[test]
fn the_wing_of_the_theory_touches_nothing() {
    let mut wrong = Vec::new();
    for (file, text) in sources(&["src"]) {
        let pure = ["src/theory/", "src/record/", "src/guide/"].iter().any(|part| file.starts_with(part));
        let words: &[&str] =
            if pure { &["std::fs", "std::net", "std::process", "SystemTime", "Instant", "std::env::"] } else { &[] };
        for (line, code) in code(&text) {
            let found = words.iter().find(|word| code.contains(*word));
            wrong.extend(found.map(|word| format!("{file}:{line} uses {word}")));
        }
    }
    assert_none(&wrong);
}

#[test]
fn every_file_begins_with_one_line_that_says_what_it_is() {
    let mut wrong = Vec::new();
    for (file, text) in sources(&["src", "tests/it"]) {
        let caption = text.lines().next().unwrap_or_default().strip_prefix("//! ").unwrap_or_default();
        let sentence = caption.ends_with(['.', ':']) && caption.starts_with(|c: char| c.is_uppercase() || c == '`');
        if !sentence || caption.len() > 120 {
            wrong.push(format!("{file}: '{caption}'"));
        }
    }
    assert_none(&wrong);
}

#[test]
fn files_and_functions_are_small() {
    let mut wrong = Vec::new();
    for (file, text) in sources(&["src", "tests/it"]) {
        let limit = LARGER_FILES.iter().find(|(name, _)| *name == file).map_or(FILE, |(_, size)| *size);
        let lines: Vec<&str> = text.lines().collect();
        if limit != FILE && lines.len() <= FILE {
            wrong.push(format!("{file} has {} lines: it needs no exception any more", lines.len()));
        }
        if lines.len() > limit {
            wrong.push(format!("{file} has {} lines, not {limit}", lines.len()));
        }
        for (start, line) in lines.iter().enumerate() {
            let (indent, rest) = line.split_at(line.len() - line.trim_start().len());
            let words: Vec<&str> = rest.split(['(', '<', ' ']).take(5).collect();
            let Some(at) = words.iter().position(|word| *word == "fn") else { continue };
            if !words[..at]
                .iter()
                .all(|word| word.starts_with("pub") || ["const", "unsafe"].contains(word) || word.ends_with(')'))
            {
                continue;
            }
            let name = words.get(at + 1).copied().unwrap_or_default();
            let end = format!("{indent}}}");
            let length = lines[start..].iter().position(|line| *line == end).map_or(1, |length| length + 1);
            let limit = LONGER_FUNCTIONS
                .iter()
                .find(|(known, _)| *known == format!("{file} {name}"))
                .map_or(FUNCTION, |(_, size)| *size);
            if length > limit && !rest.ends_with("}") {
                wrong.push(format!("{file}:{} {name} has {length} lines, not {limit}", start + 1));
            }
        }
    }
    assert_none(&wrong);
}

#[test]
fn some_words_are_not_used() {
    let mut wrong = Vec::new();
    for (file, text) in sources(&["src", "tests/it"]) {
        if file == "tests/it/tidy.rs" {
            continue;
        }
        for (line, code) in code(&text) {
            for (word, why) in BANNED.iter().filter(|(word, _)| code.contains(word)) {
                wrong.push(format!("{file}:{line} {word}: {why}"));
            }
            if file.starts_with("src/") && code.contains(".unwrap()") {
                wrong.push(format!("{file}:{line} unwrap(): say by `expect` why it cannot fail, or handle it"));
            }
            if code.contains(".expect(\"\")") {
                wrong.push(format!("{file}:{line} expect without a reason"));
            }
        }
        for (index, line) in text.lines().enumerate() {
            let comment = line.trim_start();
            if comment.starts_with("// TODO") || comment.starts_with("// FIXME") || comment.starts_with("// XXX") {
                wrong.push(format!("{file}:{} {comment}", index + 1));
            }
            if line.chars().count() > 400 || line.ends_with([' ', '\t']) || line.contains('\t') {
                wrong.push(format!("{file}:{} white space, or no end", index + 1));
            }
        }
    }
    assert_none(&wrong);
}

#[test]
fn comments_are_sentences() {
    let mut wrong = Vec::new();
    // In the theory a comment may be a formula.
    for (file, text) in sources(&["src"]).into_iter().filter(|(file, _)| !file.starts_with("src/theory/")) {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        for (index, pair) in lines.windows(2).enumerate() {
            let Some(last) = pair[0].strip_prefix("/// ").filter(|_| !pair[1].starts_with("///")) else { continue };
            let code = last.starts_with("```") || last.starts_with("[`");
            if !code && !last.ends_with(['.', ':', '?', '!', ')', ']']) {
                wrong.push(format!("{file}:{} '{last}'", index + 1));
            }
        }
        for (index, line) in lines.iter().enumerate() {
            let first = line.strip_prefix("/// ").filter(|_| index == 0 || !lines[index - 1].starts_with("///"));
            if first.is_some_and(|first| first.starts_with(|c: char| c.is_lowercase())) {
                wrong.push(format!("{file}:{} '{line}'", index + 1));
            }
        }
    }
    assert_none(&wrong);
}
