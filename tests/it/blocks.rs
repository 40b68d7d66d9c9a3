//! Blocks: tabs and sections as readers meet them in a browser, numbers, images and macros.

use serde_json::json;
use theoria::guide::size::{Size, size};
use theoria::shell::build;

use crate::browser::Browser;
use crate::support::{self, Folder};

const SITE: &str = "== theoria.yaml ==\ntitle: Blocks\n== content/a.md ==\n---\ntitle: A\n---\n\
    [Inside](#inner)\n\n\
    :::: {.tabs group=lang}\n::: {.tab title=\"Python\"}\nOne\n:::\n::: {.tab title=\"Rust\"}\nTwo\n:::\n::::\n\n\
    :::: {.tabs group=lang}\n::: {.tab title=\"Rust\"}\nThree\n:::\n::: {.tab title=\"Python\"}\nFour\n:::\n::::\n\n\
    ##> Outer\n###> Deeper\nWords.\n\n::: {.note #inner}\nHere.\n:::\n<###\n<##\n";

#[test]
fn tabs_are_chosen_by_keyboard_and_links_open_what_they_lead_into() {
    let folder = Folder::new(SITE);
    assert!(folder.build().mistakes.is_empty());
    let url = format!("file://{}/public/a/index.html", folder.path().display());
    let Some(mut browser) = Browser::open(&url) else { return };
    browser.wait_until("document.querySelector('[role=tablist]')");
    let shown = "Array.from(document.querySelectorAll('.tab:not([hidden]) > p:last-child'), (p) => p.textContent)";
    assert_eq!(browser.eval(shown), json!(["One", "Three"]));
    browser.eval("document.querySelector('[role=tab]').focus()");
    browser.press("ArrowRight", "");
    // What is chosen in one is chosen in all of its group.
    assert_eq!(browser.eval(shown), json!(["Two", "Three"]));
    browser.press("Home", "");
    assert_eq!(browser.eval(shown), json!(["One", "Four"]));
    let roles = "Array.from(document.querySelectorAll('[role=tab]'), (tab) => [tab.getAttribute('aria-selected'), \
                 document.getElementById(tab.getAttribute('aria-controls')).getAttribute('role')].join(' '))";
    assert_eq!(browser.eval(roles), json!(["true tabpanel", "false tabpanel", "false tabpanel", "true tabpanel"]));
    let open = "Array.from(document.querySelectorAll('details.fold'), (details) => details.open)";
    assert_eq!(browser.eval(open), json!([false, false]));
    browser.eval("document.querySelector('a[href=\"#inner\"]').click()");
    browser.wait_until("Array.from(document.querySelectorAll('details.fold')).every((details) => details.open)");
}

#[test]
fn code_is_copied_as_it_stands() {
    let folder = Folder::new(
        "== theoria.yaml ==\ntitle: A\n== content/a.md ==\n---\ntitle: A\n---\n```rust\nlet a = \"<b>\";\n\nf(&a);\n```\n",
    );
    assert!(folder.build().mistakes.is_empty());
    let url = format!("file://{}/public/a/index.html", folder.path().display());
    let Some(mut browser) = Browser::open(&url) else { return };
    browser.wait_until("document.querySelector('.prose pre > .copy')");
    browser.eval("navigator.clipboard.writeText = (text) => { window.copied = text; return Promise.resolve(); }; 0");
    browser.eval("document.querySelector('.prose pre > .copy').focus()");
    let seen = "getComputedStyle(document.activeElement).opacity + getComputedStyle(document.activeElement, '::before').content";
    assert_eq!(browser.eval(seen), json!("1\"Copy\""));
    browser.press("Enter", "\r");
    browser.wait_until("document.activeElement.getAttribute('aria-label') === 'Copied'");
    assert_eq!(browser.eval("copied"), json!("let a = \"<b>\";\n\nf(&a);\n"));
    // The button is no part of what is selected, and says again what it is for.
    browser.wait_until("document.activeElement.getAttribute('aria-label') === 'Copy this code'");
    assert_eq!(browser.eval("document.querySelector('.prose pre').textContent"), json!("let a = \"<b>\";\n\nf(&a);\n"));
}

#[test]
fn the_size_of_an_image_is_read_from_its_file() {
    let jpeg = |orientation: u8| {
        let mut out = vec![0xff, 0xd8, 0xff, 0xe1, 0, 34];
        out.extend(b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0");
        out.extend([orientation, 0, 0, 0, 0, 0, 0]);
        out.extend([0xff, 0xc0, 0, 11, 8, 0, 20, 0, 30, 1, 1, 0x11, 0]);
        out
    };
    let cases: [(&[u8], Option<Size>); 12] = [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x58\0\0\0\xf0", Some((600, 240))),
        (b"GIF89a\x0a\0\x14\0", Some((10, 20))),
        (&jpeg(1), Some((30, 20))),
        (&jpeg(6), Some((20, 30))),
        (b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x63\0\0\x31\0\0", Some((100, 50))),
        (b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f\x63\x40\x0c\0", Some((100, 50))),
        (b"<?xml version='1.0'?>\n<svg width='2in' height=\"48px\" viewBox='0 0 1 1'>", Some((192, 48))),
        (b"<svg viewBox=\"0 0 30.4 20\" width=\"100%\"/>", Some((30, 20))),
        (b"<svg/>", None),
        (b"\x89PNG\r\n\x1a\n", None),
        (&[0xff, 0xd8, 0xff, 0xff], None),
        (b"", None),
    ];
    for (bytes, expected) in cases {
        assert_eq!(size(bytes), expected, "{:?}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn images_of_the_site_take_their_room_before_they_are_there() {
    let mut tree = support::tree(
        "== theoria.yaml ==\ntitle: A\n== content/s/a.md ==\n---\ntitle: A\n---\n\
         ![Wide](b%20c.png){width=300 dark=d.gif}\n\nA <img src=\"d.gif\" alt=\"x\"> and <a href=\"a.md\">a page</a>.\n",
    );
    tree.insert("content/s/b c.png", *b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x58\0\0\0\xf0");
    tree.insert("content/s/d.gif", *b"GIF89a\x0a\0\x14\0");
    let (site, mistakes) = build::site_of(&tree);
    assert_eq!(support::lines(&mistakes, &tree), Vec::<String>::new());
    let page = support::page(&site, "s/a/index.html");
    for part in [
        "<img src=\"../../s/b%20c.png\" alt=\"Wide\" width=\"300\" height=\"120\" class=\"only-light\" loading=\"lazy\"",
        "<img src=\"../../s/d.gif\" alt=\"Wide\" width=\"300\" height=\"600\" class=\"only-dark\" loading=\"lazy\"",
        "A <img src=\"../../s/d.gif\" alt=\"x\"> and <a href=\"../../s/a/\">a page</a>.",
    ] {
        assert!(page.contains(part), "{part} in\n{page}");
    }
}

#[test]
fn theorems_are_counted_by_kind_and_sequence() {
    let lemma = "::: {.lemma}\nA.\n:::\n\n::: {.theorem}\nB.\n:::\n\n::: {.lemma}\nC.\n:::\n";
    let page = |path: &str| format!("== content/{path}.md ==\n---\ntitle: {path}\n---\n{lemma}");
    let site = support::site(&format!(
        "== content/n/sequence-metadata.yaml ==\nnumbered: true\n== content/u/sequence-metadata.yaml ==\nnumbered: false\n{}{}{}{}{}",
        page("n/a"),
        page("n/b"),
        page("u/a"),
        page("u/b"),
        page("alone")
    ));
    for (path, names) in [
        ("n/a", ["Lemma 1.1", "Theorem 1.1", "Lemma 1.2"]),
        ("n/b", ["Lemma 2.1", "Theorem 2.1", "Lemma 2.2"]),
        ("u/a", ["Lemma 1", "Theorem 1", "Lemma 2"]),
        ("u/b", ["Lemma 3", "Theorem 2", "Lemma 4"]),
        ("alone", ["Lemma 1", "Theorem 1", "Lemma 2"]),
    ] {
        let html = support::page(&site, &format!("{path}/index.html"));
        let found: Vec<&str> =
            html.split("class=\"theorem-name\"").skip(1).map(|rest| support::between(rest, ">", "</a>")).collect();
        assert_eq!(found, names, "{path}");
    }
}

#[test]
fn macros_come_from_a_file_as_the_browser_reads_it() {
    let site = support::site(
        "== theoria.yaml ==\nmacros_file: static/macros.js\n== static/macros.js ==\n\
         // What the site's formulas use.\nwindow.macros = {\n  \"\\\\R\": \"\\\\mathbb{R}\", /* the reals */\n\
         \x20 '\\\\vec': '\\\\mathbf' + `{#1}`,\n  half: [\"\\\\tfrac12\", 0],\n};\n\
         == content/a.md ==\n---\ntitle: A\n---\n$\\vec{x} \\in \\R$ and $\\half$\n",
    );
    let html = support::page(&site, "a/index.html");
    assert!(html.contains("<mi mathvariant=\"double-struck\">R</mi>") || html.contains("<mi>ℝ</mi>"), "{html}");
    assert!(html.contains("<mfrac>"), "{html}");
}

#[test]
fn sections_are_numbered_where_a_sequence_asks_for_it() {
    let text = "## One {#sec-one}\n\nA.\n\n## Aside {.unnumbered}\n\nB.\n\n## Two\n\n### Inner {#sec-inner}\n\n#### Deep\n\n## References\n";
    let page = |path: &str| {
        format!(
            "== content/{path}.md ==\n---\ntitle: {path}\n---\n{}",
            text.replace("sec-", &format!("sec-{}-", &path[..1]))
        )
    };
    let site = support::site(&format!(
        "== content/n/sequence-metadata.yaml ==\nnumber_sections: true\n== content/m/sequence-metadata.yaml ==\nnumber_sections: true\nnumbered: false\n{}{}{}\
         == content/cites.md ==\n---\ntitle: C\n---\nSee @sec-n-inner, @sec-m-inner, @sec-u-inner and @sec-n-one.\n",
        page("n/a"),
        page("m/a"),
        page("u/a"),
    ));
    for (path, numbers) in [("n/a", vec!["1.1", "1.2", "1.2.1"]), ("m/a", vec!["1", "2", "2.1"]), ("u/a", Vec::new())] {
        let html = support::page(&site, &format!("{path}/index.html"));
        let found: Vec<&str> =
            html.split("<span class=\"number\">").skip(1).map(|rest| rest.split_once('<').unwrap().0).collect();
        assert_eq!(found, numbers, "{path}");
        let listed: Vec<&str> = support::between(html, "<details class=\"toc-inline\">", "</details>")
            .split("<span class=\"n\">")
            .skip(1)
            .map(|rest| rest.split_once('<').unwrap().0)
            .collect();
        assert_eq!(listed, numbers, "{path}");
    }
    let cites = support::page(&site, "cites/index.html");
    for said in [">Section 1.2.1</a>", ">Section 2.1</a>", ">‘Inner’</a>", ">Section 1.1</a>"] {
        assert!(cites.contains(said), "{said} in {cites}");
    }
    assert!(support::page(&site, "n/a/index.md").contains("### 1.2.1 Inner"));
}

#[test]
fn pages_without_a_picture_have_that_of_the_site() {
    let mut tree = support::tree(
        "== theoria.yaml ==\ntitle: A\nurl: https://example.org\nimage: static/site.png\n== content/a.md ==\n---\ntitle: A\n---\nA.\n\
         == content/b.md ==\n---\ntitle: B\nimage: {filename: own.png, preview_only: true}\n---\nB.\n",
    );
    tree.insert("content/own.png", *b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x58\0\0\0\xf0");
    tree.insert("static/site.png", *b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x58\0\0\0\xf0");
    let (site, mistakes) = build::site_of(&tree);
    assert_eq!(support::lines(&mistakes, &tree), Vec::<String>::new());
    for (path, image) in [("a", "static/site.png"), ("b", "own.png"), ("", "static/site.png")] {
        let path = if path.is_empty() { "index.html".to_owned() } else { format!("{path}/index.html") };
        let page = support::page(&site, &path);
        assert!(
            page.contains(&format!("<meta property=\"og:image\" content=\"https://example.org/{image}\">")),
            "{path}: {page}"
        );
        assert!(!page.contains("<figure class=\"lead\"") && !page.contains("<img"), "{path}");
    }
    // One that is not there is told where it is asked for.
    let tree = support::tree(
        "== theoria.yaml ==\ntitle: A\nurl: https://example.org\nimage: gone.png\n== content/a.md ==\n---\ntitle: A\n---\nA.\n",
    );
    let (_, mistakes) = build::site_of(&tree);
    assert!(
        support::lines(&mistakes, &tree).iter().any(|line| line.contains("gone.png")),
        "{:?}",
        support::lines(&mistakes, &tree)
    );
}
