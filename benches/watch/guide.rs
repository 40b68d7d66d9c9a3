//! A large guide, the same every time: 1,000 chapters in 20 sequences, with formulas, references, cells and questions.

use std::fmt::Write;

use theoria::guide::ledger;
use theoria::guide::tree::Tree;
use theoria::record::{Claim, Mark, Panel, Record, Series, Value};
use theoria::shell::open;

pub const SEQUENCES: usize = 20;
/// Chapters of a sequence.
pub const CHAPTERS: usize = 50;
/// Every so many chapters one has a cell, and another a question.
const CELL_EVERY: usize = 10;
const QUESTION_EVERY: usize = 20;

const WORDS: &[&str] = &[
    "network", "kernel", "width", "depth", "limit", "gradient", "descent", "feature", "learning", "random", "matrix",
    "spectrum", "the", "of", "and", "a", "in", "is", "we", "that", "measure", "training", "loss", "noise", "score",
    "image", "patch", "local", "global", "mean", "variance", "exact", "finite", "infinite", "large", "small", "curve",
];

/// The site with a fresh record for each of its cells.
pub fn tree() -> Tree {
    let mut tree = Tree::default();
    tree.insert("theoria.yaml", *b"title: A large guide\nurl: https://example.org\nmacros:\n  \\E: \\mathbb{E}\n");
    tree.insert("content/index.md", *b"# A large guide\n\nIt has many chapters.\n");
    for sequence in 0..SEQUENCES {
        let text = format!("title: Sequence {sequence}\ndescription: Chapters on $E_{{{sequence}}}$.\n");
        tree.insert(&format!("content/s{sequence:02}/sequence-metadata.yaml"), text.into_bytes());
    }
    for index in 0..SEQUENCES * CHAPTERS {
        tree.insert(&path(index), chapter(index).into_bytes());
    }
    let opened = open::of_tree(tree);
    let mut tree = opened.tree;
    for (at, job) in opened.jobs.iter().enumerate() {
        for (path, bytes) in ledger::write(job, &record(at)) {
            tree.insert(&path, bytes);
        }
    }
    tree
}

/// The Markdown file of a chapter.
pub fn path(index: usize) -> String {
    format!("content/s{:02}/{:02}-chapter-{index}.md", index / CHAPTERS, index % CHAPTERS)
}

/// Some 1,500 words, 15 formulas, 3 references, a link and a code block.
fn chapter(index: usize) -> String {
    let mut state = index as u64 + 1;
    let mut out = format!("---\ntitle: Chapter {index} on kernels\ndate: 2024-01-02\n---\n");
    for paragraph in 0..15 {
        if paragraph % 4 == 0 {
            let _ = writeln!(out, "## Part {paragraph}\n");
        }
        prose(&mut state, 100, &mut out);
        match paragraph {
            0 => {
                let _ = writeln!(
                    out,
                    "$$\n\\E f_{{{index}}}(x) = \\int_0^{{{index}}} K(x, y)\\, dy \\label{{eq-c{index}}}\n$$\n"
                );
            }
            1..5 => {
                let _ =
                    writeln!(out, "$$\n\\sum_{{i=1}}^{{{}}} x_i^2 = \\frac{{n_{{{index}}}}}{{2}}\n$$\n", paragraph + 2);
            }
            5..8 => {
                let to = (index * 7 + paragraph * 131) % (SEQUENCES * CHAPTERS);
                let _ = writeln!(
                    out,
                    "See @eq-c{to}, where $\\alpha_{{{index}}}^{{{paragraph}}}$ and $\\sqrt{{n}} > {index}$ hold.\n"
                );
            }
            8 => {
                let to = (index + 1) % (SEQUENCES * CHAPTERS);
                let _ = writeln!(out, "More is in [another chapter](/{}); $\\beta_{{{index}}}$.\n", path(to));
            }
            9 => {
                let _ =
                    writeln!(out, "```rust\nfn main() {{\n    let n = {index};\n    println!(\"{{n}}\");\n}}\n```\n");
            }
            10..13 => {
                let _ = writeln!(out, "Also $\\theta_{paragraph} \\to \\theta_{{{index}}}$.\n");
            }
            _ => {}
        }
    }
    if index % CELL_EVERY == 3 {
        let _ = writeln!(
            out,
            "```rust cell\n//| label: fig-c{index}\n//| caption: A curve of chapter {index}.\n//| alt: A line that rises.\n\
             show.value(\"slope\", {index}.0);\n```\n\nThe slope is {{{{c{index}.slope:.2}}}} in @fig-c{index}.\n"
        );
    }
    if index % QUESTION_EVERY == 7 {
        let _ = writeln!(
            out,
            "::: {{.question #q-c{index} topic=kernels}}\nWhy is ${index}$ large?\n\nNobody knows.\n:::\n"
        );
    }
    if index % QUESTION_EVERY == 8 {
        let _ = writeln!(out, "Of this speaks @q-c{}.\n", index - 1);
    }
    out
}

fn prose(state: &mut u64, words: usize, out: &mut String) {
    for at in 0..words {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        out.push_str(WORDS[(*state >> 33) as usize % WORDS.len()]);
        out.push_str(if at + 1 == words { ".\n\n" } else { " " });
    }
}

/// A line of 50 points, a value and a claim.
fn record(at: usize) -> Record {
    let x: Vec<f64> = (0..50).map(f64::from).collect();
    let y = x.iter().map(|x| x * x + at as f64).collect();
    let panel = Panel {
        series: vec![Series { name: "measured".into(), mark: Mark::Line, columns: vec![x, y] }],
        ..Panel::default()
    };
    Record {
        values: vec![Value { name: "slope".into(), number: 1.0 + at as f64 }],
        panels: vec![panel],
        claims: vec![Claim { name: format!("the slope of {at} is right"), ..Claim::close(2.0, 2.0) }],
        ..Record::default()
    }
}
