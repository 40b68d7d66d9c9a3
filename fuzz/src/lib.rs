//! What is fuzzed: anything that an author, a contributor or a damaged disk can write, from its bytes to a finished site.
//!
//! Nothing here may panic, hang or eat memory. Every mistake that is told has to lie inside of its file.

use theoria::guide::tree::Tree;
use theoria::guide::{formula, mistake::Mistakes};
use theoria::record::outcome::Outcome;
use theoria::shell::build;

const HEAD: &str = "---\ntitle: A\n---\n";

/// Builds the site of some files in memory and looks at what is told of them.
fn build(files: &[(&str, &str)]) {
    let mut tree = Tree::default();
    for (path, text) in files {
        tree.insert(path, text.as_bytes().to_vec());
    }
    let (_, mistakes) = build::site_of(&tree);
    check(&tree, &mistakes);
}

fn check(tree: &Tree, mistakes: &Mistakes) {
    for mistake in mistakes.iter() {
        let length = tree.bytes(&mistake.span.file).map_or(0, <[u8]>::len);
        let inside = mistake.span.start <= mistake.span.end && mistake.span.start <= length;
        assert!(inside, "{mistake:?} lies outside of its file of {length} bytes");
    }
}

/// The text of a page, below its front matter, beside a page that is in order.
pub fn page(text: &str) {
    build(&[
        ("content/a.md", &format!("{HEAD}{text}")),
        ("content/b.md", "---\ntitle: B\n---\n## S {#sec-s}\n\nSee @sec-s and [A](a.md).\n"),
        ("r.bib", "@misc{a2020, author = {Mean, Ann}, title = {On x}, year = {2020}}\n"),
        ("theoria.yaml", "bibliography: r.bib\n"),
    ]);
}

/// The same where pages are not trusted; and front matter.
pub fn front_matter(text: &str) {
    build(&[
        ("content/s/a.md", &format!("---\n{text}\n---\nWords.\n")),
        ("content/s/sequence-metadata.yaml", text),
        ("theoria.yaml", "unsafe_html: false\n"),
    ]);
}

pub fn config(text: &str) {
    build(&[("theoria.yaml", text), ("content/a.md", "---\ntitle: A\n---\nWords on $x$.\n")]);
}

/// A cell: what stands on its fence, its options, its program.
pub fn cell(text: &str) {
    build(&[("content/a.md", &format!("{HEAD}```rust cell\n{text}\n```\n\nSee @fig-a and {{{{a.x}}}}.\n"))]);
}

/// A record of the ledger.
pub fn ledger(text: &str) {
    let _ = Outcome::read(text, &|_| None);
    build(&[
        (
            "content/a.md",
            "---\ntitle: A\n---\n```rust cell\n//| label: fig-a\n//| caption: A\n//| alt: B\nshow.value(\"x\", 1.0);\n```\n\n{{a.x}} @fig-a\n",
        ),
        ("content/a.ledger/fig-a.record", text),
    ]);
}

pub fn formula(text: &str) {
    let _ = formula::inline(text, &[("\\E".to_owned(), "\\mathbb{E}".to_owned())]);
}

/// A template of the site's own.
pub fn template(text: &str) {
    build(&[
        ("templates/page.html", text),
        ("content/a.md", "---\ntitle: A\n---\nWords.\n"),
        ("theoria.yaml", "title: T\n"),
    ]);
}

pub fn bibliography(text: &str) {
    build(&[
        ("theoria.yaml", "bibliography: r.bib\nunused_references: true\n"),
        ("r.bib", text),
        ("content/a.md", "---\ntitle: A\n---\nSo @a2020 and [see @b, p. 3].\n"),
    ]);
}

pub fn questions(text: &str) {
    build(&[
        ("data/questions.json", text),
        ("theoria.yaml", "questions: data/questions.json\n"),
        ("content/a.md", "---\ntitle: A\n---\n{od: x}\n"),
    ]);
}
