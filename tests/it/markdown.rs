//! The dialect: blocks and inlines to HTML, and spans that are true for any text.

use std::fs;
use std::path::Path;

use theoria::guide::formula::Formulas;
use theoria::guide::mask::mask;
use theoria::guide::mistake::Mistakes;
use theoria::guide::{markdown, model, plan};
use theoria::shell::{build, terminal};

use crate::support::{self, Dice, between, formulas_as_tex, page, site};

/// The text of a page as HTML, each formula as `⟦LaTeX⟧`.
fn html(text: &str) -> String {
    let site = site(&format!(
        "== theoria.yaml ==\nvariables:\n  PAPER: https://p.example/?a=1&b=2\n== content/a.md ==\n---\ntitle: A\n---\n{text}"
    ));
    let text = between(page(&site, "a/index.html"), "<div class=\"prose\">", "</div>\n<footer class=\"chapter-foot\">");
    formulas_as_tex(text)
}

/// Texts and their HTML, one below the other; `UPDATE=1` writes the HTML anew.
#[test]
fn every_text_becomes_its_html() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sites/markdown.txt");
    let file = fs::read_to_string(&path).unwrap();
    let mut wrong = Vec::new();
    let mut again = String::new();
    for case in file.split("<<<<\n").skip(1) {
        let (text, expected) = case.split_once("====\n").unwrap();
        let found = html(text) + "\n";
        again.push_str(&format!("<<<<\n{text}====\n{found}"));
        if found != expected {
            wrong.push(format!("{text}====\n{found}not\n{expected}"));
        }
    }
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, again).unwrap();
    } else {
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

#[test]
fn carriage_returns_and_a_byte_order_mark_change_nothing() {
    let text = "---\ntitle: \"A: *b*\"\n---\n# One\n\n$$\n- a\n\n+ b\n$$\n\n::: {.note}\nText[^n] $x$,  \nmore\n:::\n\n[^n]: Note.\n\n\
                ```rust\nlet a = 1;\n\nlet b = \"c\";\n```\n\n| a |\n|---|\n| b |\n\n<!-- c\n\nd -->\n\n<b>e</b>\n";
    let main = |text: &str| {
        let site = site(&format!("== content/a.md ==\n{text}"));
        between(page(&site, "a/index.html"), "<main", "</main>").replace('\r', "")
    };
    let plain = main(text);
    assert_eq!(main(&text.replace('\n', "\r\n")), plain);
    assert_eq!(main(&format!("\u{feff}{text}")), plain);
    // A mistake's place is that of the file, mark and returns counted.
    let tree = support::tree("== content/a.md ==\n\u{feff}---\r\ntitle: A\r\n---\r\nÄ @fig-none\r\n");
    let (_, mistakes) = build::site_of(&tree);
    assert_eq!(support::lines(&mistakes, &tree), ["content/a.md:4:3 missing-label: nothing has the label `fig-none`"]);
}

/// Pieces of documents, whole and broken.
const PIECES: &[&str] = &[
    "ü",
    "文",
    "🎈",
    "words ",
    "\n",
    "\n\n",
    "\r\n",
    "  ",
    "    ",
    "\t",
    "$",
    "$$",
    "$$\n",
    "\n$$\n",
    "$x$",
    "$$ä$$",
    "\\label{eq-a}",
    "\\tag{1}",
    "\\frac",
    "{",
    "}",
    "{{",
    "}}",
    "{{A}}",
    "{{a.b:.3}}",
    "{{é.ß}}",
    "{fn:",
    "{fn: é @fig-x}",
    "}",
    "^[",
    "^[ü [a] $[0,1)$]",
    "[> ",
    " <]",
    "[> *é* <]",
    "$x${tip: $x$: ü\\n$y$: {{A}}}",
    "{tip:",
    "{tip: $ä$: @fig-x\n$y$: z}",
    "@fig-x",
    "@eq-a",
    "@q-é-",
    "@",
    "\n:::\n",
    "\n::: {.theorem #thm-é title=\"é @fig-x\"}\n",
    "\n##> é\n",
    "\n<##\n",
    "##>",
    "<div class='é'>",
    "\n<div>\n",
    "</div>",
    "\n</div>\n",
    "<details><summary>",
    "</summary>",
    "\n<table>\n",
    "\n::: {.question #q-a}\n",
    "\n::: {.note title=\"",
    "\"}",
    "::: note",
    ":::",
    "\n> ",
    "\n- ",
    "\n1. ",
    "\n# ",
    " {#sec-é}",
    "```",
    "\n```rust cell\n",
    "//| label: ü\n",
    "//| label: one\n",
    "//| after: one\n",
    "//| caption: $é$ @fig-x: {{A}}\n",
    "//| seed: é\n",
    "\n```\n",
    "~~~\n",
    "`",
    "<!--",
    "-->",
    "<b>",
    "</b>",
    "<?",
    "?>",
    "<a href='x'>",
    "[^n]",
    "\n[^n]: ",
    "[x](y.md)",
    "[x](#é)",
    "![é](a.png)",
    "![é](a.png){#fig-é width=é}",
    "{dark=é.png}",
    "\\\\(é\\\\)",
    "\n\\begin{align}\n",
    "\\end{align}",
    "\\eqref{eq-a}",
    "\n\\\\[\n",
    "\n: é {#tbl-é}\n",
    "[",
    "](",
    ")",
    "|",
    "\n|---|\n",
    "| a ",
    "\n: ",
    "*",
    "**",
    "_",
    "~~",
    "\"",
    "'",
    "...",
    "\\",
    "&amp;",
    "&",
    "\u{0}",
    "\u{feff}",
    "\u{301}",
    "---\n",
    "title: é\n",
    "tilte: é\n",
    "é: [\n",
    "a: b: c\n",
    "\n\n    code",
];

/// Whatever is written: nothing panics, and every place lies between characters of its file.
#[test]
fn places_are_true_for_any_text() {
    for seed in 0..2000 {
        let mut dice = Dice::new(seed);
        let mut text = if dice.below(3) == 0 { String::new() } else { "---\ntitle: Ä\n---\n".to_owned() };
        (0..dice.below(40)).for_each(|_| text.push_str(dice.pick::<&str>(PIECES)));
        let mut tree = support::tree("");
        tree.insert("content/s/a.md", text.as_bytes().to_vec());
        let (masked, marks) = mask(&"a.md".into(), &text, 0, &mut Mistakes::default());
        assert_eq!(masked.len(), text.len(), "seed {seed}");
        for mark in marks.values() {
            assert!(
                text.get(mark.range.clone()).is_some() && text.get(mark.inner.clone()).is_some(),
                "seed {seed}: {mark:?}"
            );
        }
        let (guide, mut mistakes) = model::parse(&tree);
        let around = plan::Surroundings { library: "1", lock: None };
        mistakes.append(plan::plan(&guide, &tree, &around).1);
        // Joining and rendering takes longer: every eighth is enough.
        if seed % 8 == 0 {
            mistakes.append(build::site_of(&tree).1);
        }
        for mistake in mistakes.iter().filter(|mistake| &*mistake.span.file == "content/s/a.md") {
            let range = mistake.span.range();
            assert!(text.get(range.clone()).is_some(), "seed {seed}: {range:?} of {text:?} for {mistake:?}");
        }
        terminal::render(&mistakes, &tree);
        for page in &guide.pages {
            for cell in &page.text.cells {
                assert!(cell.body.iter().chain([&cell.span.range()]).all(|range| text.get(range.clone()).is_some()));
            }
        }
    }
}

#[test]
fn deep_nesting_is_read() {
    for (open, times) in
        [("> ", 400), ("- ", 200), ("*a **b ", 500), ("[", 2000), ("::: a\n", 300), ("$$\n", 999), ("{{", 5000)]
    {
        let mut mistakes = Mistakes::default();
        let text = format!("{}x\n", open.repeat(times));
        let read = markdown::parse(&"a.md".into(), &text, 0, &mut mistakes);
        assert!(!read.blocks.is_empty() || !mistakes.is_empty(), "{open}");
    }
}

/// Formulas whose markup has tags of many attributes.
#[test]
fn a_formula_is_typeset_the_same_every_time() {
    let tex = [
        "\\begin{aligned} a &= \\sqrt[3]{b} \\\\ c &= \\widehat{def} \\end{aligned}",
        "\\left( \\begin{array}{c|c} 1 & \\frac{2}{3} \\\\ \\hline 4 & 5 \\end{array} \\right] \\xrightarrow[a]{b}",
        "\\overbrace{x}^{y} \\cancel{z} \\colorbox{red}{$u$} \\mathop{\\sum}\\limits_{i} \\operatorname{tr} \\boxed{v} \\tag{1}",
    ];
    let typeset = |tex: &str| {
        let key = (tex.to_owned(), true);
        let formulas = Formulas::typeset([key.clone()], &[]);
        formulas.get(&key).unwrap().clone().unwrap_or_else(|wrong| panic!("{}", wrong.text))
    };
    for tex in tex {
        let first = typeset(tex);
        assert!(first.contains(" display=\"block\" xmlns="), "{first}");
        assert!((0..20).all(|_| typeset(tex) == first), "{tex}");
    }
}

#[test]
fn the_bare_argument_of_a_root_stands_beside_its_sign() {
    let html = |tex: &str| {
        let key = (tex.to_owned(), false);
        let html = Formulas::typeset([key.clone()], &[]).get(&key).unwrap().clone().unwrap();
        // The LaTeX itself is in the MathML, and differs.
        let (before, rest) = html.split_once("<annotation").unwrap();
        before.to_owned() + rest.split_once("</annotation>").unwrap().1
    };
    for (bare, braced) in
        [(r"\sqrt2", r"\sqrt{2}"), (r"2\sqrt n+\sqrt\pi x", r"2\sqrt{n}+\sqrt{\pi} x"), (r"\sqrt é", r"\sqrt{é}")]
    {
        assert_eq!(html(bare), html(braced));
    }
}
