//! Words of strangers stay words, and HTML that runs is taken out where pages are not trusted.

use std::collections::BTreeSet;

use quick_xml::Reader;
use quick_xml::events::Event;
use theoria::guide::site::Site;
use theoria::shell::build;

use crate::dom::parse;
use crate::support::{lines, tree};

/// Ends whatever it may stand in, and would then be an element: in HTML, XML, JSON, a script, a comment, a style.
const ELEMENT: &str = "xss-mark";
const HOSTILE: &str =
    r#"</script></style></title></textarea>--> ]]> "'`> <xss-mark onload=alert(1)> &lt;xss-mark> {% raw %} {{"#;

/// A site that says the hostile words everywhere it can.
fn hostile_site() -> Site {
    let quoted = serde_json::to_string(HOSTILE).unwrap();
    let code = format!("`` {HOSTILE} ``");
    let site = format!(
        "== theoria.yaml ==\ntitle: {quoted}\nsubtitle: {quoted}\ndescription: {quoted}\nlicence: {quoted}\nurl: https://example.org\n\
         authors: [{{name: {quoted}, url: \"https://example.org/?a=<{ELEMENT}>\"}}]\nunsafe_html: false\nsequences: [s]\nposts: {{folder: posts, title: {quoted}}}\nvariables: {{WORDS: {quoted}}}\nbibliography: r.bib\n\
         == r.bib ==\n@misc{{a2020, author = {{Mean, <{ELEMENT}>}}, title = {{On <{ELEMENT} onload=x> \"'}}, year = {{2020}}, url = {{https://example.org/?<{ELEMENT}>}}}}\n\
         == content/s/sequence-metadata.yaml ==\nid: s\ntitle: {quoted}\ndescription: {quoted}\n\
         == content/s/01-a.md ==\n---\ntitle: {quoted}\nsubtitle: {quoted}\nsummary: {quoted}\ndescription: {quoted}\ntags: [{quoted}]\ncategories: [{quoted}]\nauthor: {quoted}\ndate: 2026-01-01\n---\n\
         # {code}\n\nWords {code}, {{{{WORDS}}}}, @a2020 and $\\text{{<{ELEMENT}>}}$. See @q-x.\n\n\
         ![{code}](/static/p.png \"<{ELEMENT}>\")\n\n```<{ELEMENT}>\n{HOSTILE}\n```\n\n\
         ::: {{.question #q-x topic=\"<{ELEMENT}>\"}}\nWhat of {code}?\n\nIt is {code}.\n:::\n\n::: {{.theorem #thm-x title=\"<{ELEMENT}>\"}}\nSo {code}.\n:::\n\n\
         | a {code} |\n|:--|\n| {code} |\n\n: Caption {code} {{#tbl-x}}\n\nA note[^1] and ^[one {code}].\n\n[^1]: Of {code}.\n\n\
         == content/posts/b.md ==\n---\ntitle: {quoted}\ndate: 2026-01-02\ntags: [{quoted}]\nseries: {quoted}\nprojects: [{quoted}]\n---\nA post on {code}.\n\
         == content/posts/<{ELEMENT} onload=x>.md ==\n---\ntitle: A file with a name\ndate: 2026-01-03\n---\nWords.\n\
         == static/p.png ==\n"
    );
    let tree = tree(&site);
    let (site, mistakes) = build::site_of(&tree);
    let told: Vec<String> = lines(&mistakes, &tree).into_iter().filter(|line| !line.contains(" warning ")).collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
    site
}

#[test]
fn hostile_words_stay_words_in_every_file() {
    let site = hostile_site();
    let (mut pages, mut data, mut feeds) = (0, 0, 0);
    for (path, bytes) in &site.files {
        let Ok(text) = std::str::from_utf8(bytes) else { continue };
        if path.ends_with(".html") {
            pages += 1;
            let (document, _) = parse(text);
            for node in document.all() {
                assert_ne!(node.name(), ELEMENT, "{path} has the element");
                let on = node.attributes().into_iter().find(|(name, _)| name.starts_with("on"));
                assert_eq!(on, None, "{path}: <{}>", node.name());
                let runs = node.name() == "script" && node.attribute("type").is_none_or(|kind| !kind.contains("json"));
                assert!(!runs || !node.text().contains("alert(1)"), "{path}: in a script");
            }
        } else if path.ends_with(".json") {
            data += 1;
            serde_json::from_str::<serde_json::Value>(text).unwrap_or_else(|error| panic!("{path}: {error}"));
        } else if path.ends_with(".xml") || path.ends_with(".svg") {
            feeds += 1;
            well_formed(path, text);
        }
    }
    assert!(pages >= 8 && data >= 1 && feeds >= 2, "{pages} pages, {data} files of data, {feeds} of XML");
    let page = std::str::from_utf8(&site.files["s/a/index.html"]).unwrap();
    assert!(page.matches("&lt;xss-mark onload=alert(1)&gt;").count() > 10, "the words are shown");
}

/// Reads a file of XML to its end; no element of it is the hostile one.
fn well_formed(path: &str, text: &str) {
    let mut reader = Reader::from_str(text);
    loop {
        match reader.read_event() {
            Ok(Event::Eof) => return,
            Ok(Event::Start(tag) | Event::Empty(tag)) => {
                assert_ne!(tag.name().as_ref(), ELEMENT.as_bytes(), "{path}");
                for attribute in tag.attributes() {
                    attribute.unwrap_or_else(|error| panic!("{path}: {error}"));
                }
            }
            Ok(_) => {}
            Err(error) => panic!("{path}: {error}"),
        }
    }
}

/// What has been used to make pages run code, one per line.
const VECTORS: &str = r#"<script>alert(1)</script>
<SCRIPT SRC=https://example.org/x.js></SCRIPT>
<scr<script>ipt>alert(1)</scr</script>ipt>
<img src=x onerror=alert(1)>
<img src="x" alt="a" onload="alert(1)">
<IMG SRC="javascript:alert(1)" alt="">
<img src="java&#x09;script:alert(1)" alt="">
<svg onload=alert(1)></svg>
<svg><script>alert(1)</script></svg>
<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>
<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>
<iframe src="https://example.org"></iframe>
<iframe srcdoc="<script>alert(1)</script>"></iframe>
<object data="data:text/html,<script>alert(1)</script>"></object>
<embed src="https://example.org/x.swf">
<form action="https://example.org"><input name=password><button>Log in</button></form>
<base href="https://example.org/">
<meta http-equiv="refresh" content="0;url=https://example.org">
<link rel="stylesheet" href="https://example.org/x.css">
<style>body { display: none }</style>
<div style="position: fixed; inset: 0">x</div>
<p class="claim holds" id="sec-x">forged</p>
<a href="javascript:alert(1)">x</a>
<a href="JaVaScRiPt:alert(1)">x</a>
<a href=" javascript:alert(1)">x</a>
<a href="jav&#x0A;ascript:alert(1)">x</a>
<a href="data:text/html,<script>alert(1)</script>">x</a>
<a href="vbscript:msgbox(1)">x</a>
<a href="https://example.org" onclick="alert(1)" target="_blank">x</a>
<details open ontoggle=alert(1)><summary>x</summary></details>
<video><source onerror="alert(1)"></video>
<audio src=x onerror=alert(1)></audio>
<marquee onstart=alert(1)>x</marquee>
<template><script>alert(1)</script></template>
<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>
<!--><img src=x onerror=alert(1)>-->
<![CDATA[<img src=x onerror=alert(1)>]]>
<?php echo 1 ?><img src=x onerror=alert(1)>
</main></article></body><script>alert(1)</script>
<div markdown="1" onclick="alert(1)">**words**</div>
<details markdown="1" ontoggle="alert(1)">

words

</details>
A line with <b onmouseover=alert(1)>bold</b>, <script>alert(1)</script> and <img src=x onerror=alert(1)>.
A line with </main></div><iframe src=x></iframe> in it.
[x](javascript:alert(1))
[x](JAVASCRIPT:alert(1))
[x](<java⇥script:alert(1)>)
[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)
<javascript:alert(1)>
[x]: javascript:alert(1)
[reference][x]
![x](javascript:alert(1))
$\href{javascript:alert(1)}{x}$ and $\htmlStyle{display:none}{x}$ and $\url{javascript:alert(1)}$
"#;

#[test]
fn pages_of_strangers_keep_nothing_that_runs_loads_or_disguises() {
    let plain = allowed("Words and [a link](https://example.org).");
    let mut tried = 0;
    let pieces = VECTORS.replace("\n\n", "\u{1}").replace('⇥', "\t");
    for vector in pieces.lines().map(|line| line.replace('\u{1}', "\n\n")) {
        tried += 1;
        let (elements, page) = elements_of(&vector);
        for (name, attribute, value) in &elements {
            let seen: String = value.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
            let runs = ["javascript:", "vbscript:", "data:"].iter().any(|s| seen.to_lowercase().starts_with(s));
            assert!(!attribute.starts_with("on"), "{vector}\n<{name} {attribute}={value}>");
            assert!(!(runs && attribute != "content"), "{vector}\n<{name} {attribute}={value}>");
        }
        let harmful =
            ["iframe", "object", "embed", "base", "marquee", "template", "audio", "video", "source", "noscript"];
        let names: BTreeSet<&str> = elements.iter().map(|(name, ..)| name.as_str()).collect();
        assert!(harmful.iter().all(|name| !names.contains(name) || plain.contains(*name)), "{vector}\n{names:?}");
        let count = |name: &str| page.matches(&format!("<{name}")).count();
        for name in ["script", "style", "link", "meta", "form", "input", "main", "article"] {
            assert!(count(name) <= plain_count(name), "{vector}: <{name}>");
        }
        assert!(!page.contains("position: fixed; inset") && !page.contains("claim holds\""), "{vector}");
    }
    assert!(tried >= 50, "{tried} were tried");
}

fn built(body: &str) -> String {
    let files = format!(
        "== theoria.yaml ==\nunsafe_html: false\n== content/a.md ==\n---\ntitle: A\n---\nBefore.\n\n{body}\n\nAfter.\n\
         == content/a.js ==\nalert(1)\n== content/a.css ==\nbody {{ display: none }}\n"
    );
    let (site, _) = build::site_of(&tree(&files));
    let page = std::str::from_utf8(&site.files["a/index.html"]).unwrap().to_owned();
    assert!(page.contains("After."), "{body}: the rest of the page is there");
    page
}

/// Every attribute of the page as (element, name, value), and elements without any.
fn elements_of(body: &str) -> (Vec<(String, String, String)>, String) {
    let page = built(body);
    let mut out = Vec::new();
    for node in parse(&page).0.all() {
        out.push((node.name().to_owned(), String::new(), String::new()));
        out.extend(node.attributes().into_iter().map(|(name, value)| (node.name().to_owned(), name, value)));
    }
    (out, page)
}

fn allowed(body: &str) -> BTreeSet<String> {
    elements_of(body).0.into_iter().map(|(name, ..)| name).collect()
}

fn plain_count(name: &str) -> usize {
    use std::sync::OnceLock;
    static PLAIN: OnceLock<String> = OnceLock::new();
    PLAIN.get_or_init(|| built("Words and $x$.")).matches(&format!("<{name}")).count()
}

#[test]
fn what_is_harmless_is_kept_and_what_goes_is_told() {
    let page = built(
        "H<sub>2</sub>O, <kbd>Ctrl</kbd>, <abbr title=\"so\">abbr.</abbr> and a<br>break.\n\n\
         <table><tr><td>cell</td></tr></table>\n\n<details open>\n<summary>More</summary>\n\n*words*\n\n</details>",
    );
    for kept in [
        "H<sub>2</sub>O",
        "<kbd>Ctrl</kbd>",
        "<abbr title=\"so\">abbr.</abbr>",
        "a<br>break",
        "<td>cell</td>",
        "<summary>More</summary>",
        "<em>words</em>",
    ] {
        assert!(page.contains(kept), "{kept} in\n{page}");
    }
    assert!(!page.contains("\"../a.js\"") && !page.contains("\"../a.css\""), "companions are not loaded");
}

#[test]
fn a_trusted_guide_keeps_its_html() {
    let files = "== theoria.yaml ==\ntitle: T\n== content/a.md ==\n---\ntitle: A\n---\n<div class=\"mine\" style=\"color: red\">x</div>\n";
    let (site, _) = build::site_of(&tree(files));
    let page = std::str::from_utf8(&site.files["a/index.html"]).unwrap();
    assert!(page.contains("<div class=\"mine\" style=\"color: red\">"), "{page}");
}
