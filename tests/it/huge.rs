//! Huge and deep input: read in linear time, or refused in a sentence.

use theoria::shell::build;

use crate::support::{lines, tree};

/// What a page of it is told; all of it within seconds, where an algorithm that looks back at what it has read would take hours.
#[track_caller]
fn told(body: &str) -> Vec<String> {
    let tree = tree(&format!("== content/a.md ==\n---\ntitle: A\n---\n{body}\n"));
    let (_, mistakes) = build::site_of(&tree);
    lines(&mistakes, &tree)
}

#[test]
fn a_hundred_thousand_of_anything_are_read() {
    let many = 100_000;
    for (name, piece) in [
        ("paragraphs", "Words, *words* and `code`.\n\n"),
        ("words", "word "),
        ("stars", "*a "),
        ("dollars", "$ "),
        ("holes", "{{ "),
        ("open brackets", "["),
        ("closed brackets", "]"),
        ("comments", "<!--"),
        ("open tags", "<div>"),
        ("quotation marks", "\"' "),
        ("notes", "^[ "),
        ("backslashes", "\\( "),
        ("bars", "|"),
        ("ats", "@ @a "),
    ] {
        let told = told(&piece.repeat(many));
        assert!(told.len() <= many + 1, "{name}: {} mistakes", told.len());
    }
}

#[test]
fn ten_thousand_footnotes_labels_and_links_are_read() {
    let many = 10_000;
    let each = |make: &dyn Fn(usize) -> String| (0..many).map(make).collect::<String>();
    let notes = each(&|i| format!("a[^{i}] ")) + "\n\n" + &each(&|i| format!("[^{i}]: Note {i}.\n\n"));
    let labels = each(&|i| format!("$$\nx\n\\label{{eq-l{i}}}\n$$\n\n")) + &each(&|i| format!("@eq-l{i} "));
    let links = each(&|i| format!("[r{i}]: https://example.org/{i}\n")) + "\n" + &each(&|i| format!("[a][r{i}] "));
    for (name, text) in [("notes", notes), ("labels", labels), ("links", links)] {
        assert_eq!(told(&text), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn what_stands_too_deep_is_refused() {
    let deep = |open: &str, close: &str, count: usize| format!("{}x{}", open.repeat(count), close.repeat(count));
    for (text, code) in [
        (deep(">", "", 1_000), "too-deep"),
        ((0..1_000).map(|i| " ".repeat(2 * i) + "- a\n").collect(), "too-deep"),
        (format!("${}$", deep("{", "}", 10_000)), "bad-formula"),
        (format!("${}$", deep("\\frac{1}{", "}", 10_000)), "bad-formula"),
        (format!("${}$", deep("\\left(", "\\right)", 10_000)), "bad-formula"),
        (format!("$\\def\\a#1{{{}}}\\a{{x}}$", deep("{", "}", 60)), "bad-formula"),
        ("$\\def\\a#1{{#1\\a{#1}}}\\a{x}$".to_owned(), "bad-formula"),
    ] {
        let told = told(&text);
        let start: String = text.chars().take(30).collect();
        assert!(told.iter().any(|line| line.contains(code)), "{start}: {told:?}");
    }
    // Of these there is no end in sight, but no stack is needed.
    assert!(told(&deep("[", "]", 20_000)).is_empty());
    assert!(told(&format!("${}$", deep("\\frac{1}{", "}", 150))).is_empty(), "as deep as anybody needs");
}
