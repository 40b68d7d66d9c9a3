//! Documents as they were written elsewhere: Hugo posts, chapters of other guides, converted books.

use std::fs;
use std::path::{Path, PathBuf};

use theoria::shell::build;

use crate::support::{self, between, lines, page, site};

/// A post with the front matter and the habits of a Hugo site.
const POST: &str = r#"== theoria.yaml ==
title: Seeds
== content/post/index.md ==
---
title: "Why springs: a post"
subtitle: "Notes, mostly"
summary: "A summary with: a colon."
authors:
- admin
tags: []
categories: []
date: "2023-06-21T00:00:00Z"
# lastMod: "2019-09-05T00:00:00Z"
featured: false
draft: false

# Featured image
# To use, add an image named `featured.jpg/png` to your page's folder.
image:
  caption: "A spring"
  focal_point: ""

# Projects (optional).
#   E.g. `projects = ["internal-project"]` references
projects: []
---
<!-- Change this later -->
<!-- A long note to myself.

With a blank line, a formula $x$ and a list:

- one @fig-gone
- two {{GONE}}

$$ -->

We begin. <!-- not here -->

## Springs

The force is $F = -k x$, so that

$$\omega^2 = \frac{k}{m}.$$

- first, $a$:
  - nested
- second

1. one
2. two
== content/post/featured.png ==
png
"#;

/// A chapter of a sequence, with a hole in a link.
const CHAPTER: &str = r#"== theoria.yaml ==
title: Seeds
variables:
  PAPER_URL: https://paper.example/a?b=1&c=2
== content/start/introduction.md ==
---
title: "Introduction: what is a spring?"
author: "The Spring Team"
date: "2025-09-01"
sequence: "start"
sequence_order: 1
---

A spring isn’t hard — “mostly”.

***For newcomers:*** welcome! Read [the paper]({{PAPER_URL}}), *then* come back. Springs cost \$5, or $5.

> A quote.
"#;

/// A page of a converted book: no front matter, numbers after formulas, notes as raw HTML, bullets as characters.
const BOOK: &str = r#"== content/chapter-0.md ==
A motto.

Someone [2]

# 0.1 A Theory

We'll need  $actual\ care$ . Consider

$$f(x;\theta), \tag{0.1}$$

• First, we draw  $\theta$  from a distribution,

$$p(\theta). \tag{0.2}$$

and then

$$z = \begin{cases} 1 & x > 0 \\ 0 & x < 0 \end{cases}$$

(0.3)

as well.<sup>1</sup> Each <sup>[a](#page-3-0)</sup> counts.

<sup>&</sup>lt;sup>1</sup>More precisely,  $r^*$ .

<span id="page-3-0"></span>Here.
"#;

#[test]
fn a_hugo_post_is_a_page() {
    let site = site(POST);
    let text = page(&site, "post/index.html");
    assert_eq!(between(text, "<h1>", "</h1>"), "Why springs: a post");
    for good in [
        "<p class=\"subtitle\">Notes, mostly</p>",
        "<span class=\"date\">21 June 2023</span>",
        "content=\"A summary with: a colon.\"",
    ] {
        assert!(text.contains(good), "{good}");
    }
    assert!(text.contains("<img src=\"../post/featured.png\" alt=\"A spring\">"), "the image beside the page leads it");
    let prose = between(text, "<div class=\"prose\">", "<footer");
    for bad in ["<!--", "-->", "note to myself", "GONE", "fig-gone", "not here", "Change this"] {
        assert!(!prose.contains(bad), "{bad} in\n{prose}");
    }
    assert!(prose.starts_with("<p>We begin. </p>"), "{prose}");
    assert_eq!((prose.matches("<li>").count(), prose.matches("<div class=\"math display\">").count()), (5, 1));
}

#[test]
fn a_chapter_with_a_hole_in_a_link_is_a_page() {
    let site = site(CHAPTER);
    let text = page(&site, "start/introduction/index.html");
    let prose = between(text, "<div class=\"prose\">", "<footer");
    let expected = "<p>A spring isn’t hard — “mostly”.</p>\n\
        <p><em><strong>For newcomers:</strong></em> welcome! Read <a href=\"https://paper.example/a?b=1&amp;c=2\">the paper</a>, \
        <em>then</em> come back. Springs cost $5, or $5.</p>\n<blockquote>\n<p>A quote.</p>\n</blockquote>\n\n</div>";
    assert_eq!(prose, expected);
    assert!(text.contains("The Spring Team") && text.contains("<span class=\"chapter-number\">Chapter 1</span>"));
}

#[test]
fn a_converted_chapter_keeps_its_numbers() {
    let tree = support::tree(BOOK);
    let (site, mistakes) = build::site_of(&tree);
    assert_eq!(
        lines(&mistakes, &tree),
        [
            "content/chapter-0.md:1:1 warning bad-front-matter: this page has no front matter; it is called 'Chapter 0' for now"
        ]
    );
    let text = page(&site, "chapter-0/index.html");
    let prose = between(text, "<div class=\"prose\">", "<footer");
    for tag in ["\\tag{0.1}", "\\tag{0.2}", "\\tag{0.3}"] {
        assert_eq!(prose.matches(tag).count(), 1, "{tag}");
    }
    assert!(!prose.contains("<p>(0.3)</p>") && !prose.contains('$'), "{prose}");
    assert!(
        prose.contains("<p>• First, we draw  <span class=\"math\">") && prose.contains("as well.<sup>1</sup>"),
        "{prose}"
    );
    assert!(prose.contains("<sup>&amp;</sup>lt;sup&gt;1") || prose.contains("<sup>&</sup>lt;sup>1"), "{prose}");
}

/// Documents by others, where they lie beside the checkout; they are not ours to ship.
fn originals() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?.join("shared/seeds");
    folder.is_dir().then_some(folder)
}

#[test]
fn the_originals_are_built_without_a_mistake() {
    let Some(folder) = originals() else {
        eprintln!("skipped: there is no folder ../shared/seeds");
        return;
    };
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    let mut tree = support::tree("== theoria.yaml ==\nvariables:\n  WHITEPAPER_URL: https://paper.example/\n");
    for (path, name) in [
        ("content/quickstart/introduction.md", "quickstart-introduction.md"),
        ("content/physics/index.md", "physics-of-dl.md"),
        ("content/pdlt-chapter-0.md", "pdlt-chapter-0.md"),
    ] {
        tree.insert(path, read(name));
    }
    let (site, mistakes) = build::site_of(&tree);
    assert_eq!(mistakes.errors(), 0, "{:#?}", lines(&mistakes, &tree));
    for (path, file) in [
        ("quickstart/introduction/index.html", "quickstart-introduction.md"),
        ("physics/index.html", "physics-of-dl.md"),
        ("pdlt-chapter-0/index.html", "pdlt-chapter-0.md"),
    ] {
        let text = page(&site, path);
        let prose = between(text, "<div class=\"prose\">", "<footer");
        assert!(
            !prose.contains('$') && !prose.contains("{{") && !prose.contains("<?"),
            "a formula or a hole is left in {path}"
        );
        let source = String::from_utf8(read(file)).unwrap();
        let written = source.matches("$$").count() / 2;
        let drawn = prose.matches("katex-display").count();
        assert_eq!(drawn, written, "display formulas of {path}");
        assert_eq!(
            prose.matches("\\tag{").count(),
            source.matches("\\tag{").count() + numbers_below(&source),
            "{path}"
        );
    }
}

/// Lines that hold only the number of the formula above, as `(0.3)`.
fn numbers_below(source: &str) -> usize {
    let number = |line: &&str| {
        let inner = line.trim().strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
        inner.is_some_and(|inner| !inner.is_empty() && inner.chars().all(|c| c.is_ascii_digit() || c == '.'))
    };
    source.lines().filter(number).count()
}
