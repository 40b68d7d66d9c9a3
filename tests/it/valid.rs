//! Every page is HTML as its standard has it: no error of a parser, and nothing where it may not stand.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::rc::Rc;

use theoria::guide::site::Site;
use theoria::shell::{build, disk};

use crate::dom::{Node, parse};
use crate::support::{page, site, tree};

/// What an element that holds words may not hold.
const BLOCKS: &str = "address article aside blockquote details dialog div dl fieldset figure figcaption footer form h1 h2 h3 \
    h4 h5 h6 header hgroup hr main menu nav ol p pre search section table ul";

/// What holds words and no blocks.
const WORDS: &str = "p h1 h2 h3 h4 h5 h6 span em strong b i u s code kbd samp var sub sup small cite q dfn abbr label legend \
    button pre time mark data output";

/// What may hold whatever may stand in its place.
const TRANSPARENT: &str = "a ins del map object video audio noscript";

const INTERACTIVE: &str = "a button input select textarea label iframe details summary embed";

/// Elements of HTML besides those.
const OTHERS: &str = "html head title base link meta style body script template slot canvas picture source track img area \
    param br wbr bdi bdo ruby rt rp col colgroup caption thead tbody tfoot tr td th dt dd li option optgroup datalist \
    progress meter math svg";

fn one_of(list: &str, name: &str) -> bool {
    list.split_whitespace().any(|word| word == name)
}

/// All that is wrong with a page.
pub fn wrong(html: &str) -> Vec<String> {
    let (document, mut out) = parse(html);
    let all = document.all();
    for node in &all {
        let mut tell = |words: String| out.push(format!("{}: <{}> {words}", node.line, node.name()));
        stands_right(node, &mut tell);
        holds_right(node, &mut tell);
        says_right(node, &mut tell);
    }
    ids(&all, &mut out);
    headings(&all, &mut out);
    landmarks(&all, &mut out);
    out
}

/// Where an element may stand.
fn stands_right(node: &Rc<Node>, tell: &mut dyn FnMut(String)) {
    let name = node.name();
    if !node.is_html() {
        return;
    }
    let known = [BLOCKS, WORDS, TRANSPARENT, INTERACTIVE, OTHERS].iter().any(|list| one_of(list, name));
    if !known && !name.contains('-') {
        tell("is no element of HTML".into());
    }
    let holder = node.around().find(|around| !one_of(TRANSPARENT, around.name()));
    if let Some(holder) = holder.filter(|holder| holder.is_html()) {
        let words = one_of(WORDS, holder.name()) || holder.name() == "summary" && !name.starts_with('h');
        if one_of(BLOCKS, name) && words {
            tell(format!("stands in <{}>, which holds words only", holder.name()));
        }
    }
    let active = |node: &Node| match node.name() {
        "a" => node.attribute("href").is_some(),
        "input" => node.attribute("type").as_deref() != Some("hidden"),
        other => one_of(INTERACTIVE, other) || node.attribute("tabindex").is_some(),
    };
    let within = node.around().find(|around| matches!(around.name(), "a" | "button") && around.is_html());
    if let Some(within) = within.filter(|_| active(node)) {
        tell(format!("can be pressed, and stands in <{}>, which can be pressed too", within.name()));
    }
    let parent = node.parent().map_or(String::new(), |parent| parent.name().to_owned());
    let parents = match name {
        "li" => "ul ol menu",
        "dt" | "dd" => "dl div",
        "figcaption" => "figure",
        "summary" => "details",
        "source" => "picture video audio",
        "caption" => "table",
        _ => return,
    };
    if !one_of(parents, &parent) {
        tell(format!("stands in <{parent}>"));
    }
}

/// What an element must hold, and may.
fn holds_right(node: &Rc<Node>, tell: &mut dyn FnMut(String)) {
    let inner = node.elements();
    let names: Vec<&str> = inner.iter().map(|child| child.name()).collect();
    let only = match node.name() {
        "ul" | "ol" | "menu" => "li script template",
        "dl" => "dt dd div script template",
        "table" => "caption colgroup thead tbody tfoot tr",
        "tr" => "th td",
        "picture" => "source img",
        _ => BLOCKS,
    };
    if only != BLOCKS {
        names.iter().filter(|name| !one_of(only, name)).for_each(|name| tell(format!("holds <{name}>")));
    }
    match node.name() {
        "dl" if names.contains(&"dt") != names.contains(&"dd") => tell("lacks terms or meanings".into()),
        "details" if names.iter().position(|name| *name == "summary") != Some(0) => tell("has no summary first".into()),
        "figure" => {
            let at = names.iter().position(|name| *name == "figcaption");
            if at.is_some_and(|at| at != 0 && at != names.len() - 1) {
                tell("has its caption in its midst".into());
            }
        }
        "table" => {
            let heads = node.all().into_iter().filter(|cell| cell.name() == "th");
            let heads: Vec<Rc<Node>> = heads.collect();
            if heads.is_empty() {
                tell("has no header cell".into());
            }
            let scoped =
                |cell: &Rc<Node>| cell.attribute("scope").is_some_and(|scope| scope == "col" || scope == "row");
            if !heads.iter().all(scoped) {
                tell("has header cells without a scope".into());
            }
        }
        _ => {}
    }
}

/// Attributes, and what is said to those who cannot see.
fn says_right(node: &Rc<Node>, tell: &mut dyn FnMut(String)) {
    for (name, value) in node.attributes() {
        if name.starts_with("on") {
            tell(format!("has a script in its attribute {name}"));
        }
        if matches!(name.as_str(), "href" | "src" | "poster")
            && (value.is_empty() || value.contains([' ', '<', '"', '\n']))
        {
            tell(format!("has the address '{value}'"));
        }
        let outdated = matches!(name.as_str(), "align" | "valign" | "bgcolor" | "border" | "nowrap" | "cellpadding");
        if outdated && node.is_html() {
            tell(format!("has the outdated attribute {name}"));
        }
    }
    let hidden = |node: &Rc<Node>| node.attribute("aria-hidden").as_deref() == Some("true");
    if hidden(node) || node.around().any(|around| hidden(&around)) {
        return;
    }
    let images = |node: &Node| node.all().into_iter().any(|inner| named(&inner));
    match node.name() {
        "html" if node.attribute("lang").unwrap_or_default().is_empty() => tell("does not say its language".into()),
        "title" if node.text().trim().is_empty() => tell("is empty".into()),
        "img" if node.attribute("alt").is_none() => tell("has no words for those who cannot see it".into()),
        "a" | "button" | "summary" if node.text().trim().is_empty() && !named(node) && !images(node) => {
            tell("has no name".into());
        }
        "svg" if !named(node) => tell("has no name, and is not hidden either".into()),
        _ => {}
    }
}

/// Whether an element says what it is, by an attribute or a title.
fn named(node: &Node) -> bool {
    let filled = |name: &str| node.attribute(name).is_some_and(|value| !value.trim().is_empty());
    filled("aria-label")
        || filled("aria-labelledby")
        || filled("alt")
        || node.name() == "svg" && node.elements().iter().any(|inner| inner.name() == "title")
}

/// Ids are given once, and those that are asked for exist.
fn ids(all: &[Rc<Node>], out: &mut Vec<String>) {
    let mut known = BTreeSet::new();
    for node in all {
        let Some(id) = node.attribute("id") else { continue };
        if id.is_empty() || id.contains(char::is_whitespace) {
            out.push(format!("{}: the id '{id}'", node.line));
        }
        if !known.insert(id.clone()) {
            out.push(format!("{}: the id '{id}' is given twice", node.line));
        }
    }
    for node in all {
        for name in
            ["aria-labelledby", "aria-describedby", "aria-controls", "aria-owns", "aria-details", "for", "headers"]
        {
            let asked = node.attribute(name).unwrap_or_default();
            for id in asked.split_whitespace().filter(|id| !known.contains(*id)) {
                out.push(format!("{}: <{}> asks by {name} for '{id}', which is not there", node.line, node.name()));
            }
        }
        let to = node.attribute("href").unwrap_or_default();
        if let Some(id) = to.strip_prefix('#').filter(|id| !id.is_empty() && !known.contains(*id)) {
            out.push(format!("{}: a link leads to '#{id}', which is not there", node.line));
        }
    }
}

/// One heading of the first level, and none that skips a level.
fn headings(all: &[Rc<Node>], out: &mut Vec<String>) {
    let level = |node: &Rc<Node>| node.name().strip_prefix('h').and_then(|digit| digit.parse::<u8>().ok());
    let levels: Vec<(u64, u8)> = all.iter().filter_map(|node| Some((node.line, level(node)?))).collect();
    let first = levels.iter().filter(|(_, level)| *level == 1).count();
    if first != 1 {
        out.push(format!("1: the page has {first} headings of the first level"));
    }
    for pair in levels.windows(2).filter(|pair| pair[1].1 > pair[0].1 + 1) {
        out.push(format!("{}: a heading of level {} follows one of level {}", pair[1].0, pair[1].1, pair[0].1));
    }
}

/// One main part, one head and one foot of the page; parts of one kind are told apart by their names. A page that only says
/// where another has moved has its main part alone.
fn landmarks(all: &[Rc<Node>], out: &mut Vec<String>) {
    let moved = all.iter().any(|node| node.attribute("http-equiv").as_deref() == Some("refresh"));
    let sectioned =
        |node: &Rc<Node>| node.around().any(|around| one_of("article aside main nav section", around.name()));
    for (name, outer) in [("main", false), ("header", true), ("footer", true)] {
        let found = all.iter().filter(|node| node.name() == name && !(outer && sectioned(node))).count();
        if found != usize::from(!(outer && moved)) {
            out.push(format!("1: the page has {found} landmarks <{name}>"));
        }
    }
    let mut names: BTreeMap<(String, String), u64> = BTreeMap::new();
    for node in all.iter().filter(|node| one_of("nav aside section", node.name())) {
        let label = node.attribute("aria-label").or_else(|| node.attribute("aria-labelledby")).unwrap_or_default();
        if node.name() == "nav" && label.is_empty() {
            out.push(format!("{}: a <nav> has no name", node.line));
        }
        if let Some(line) =
            names.insert((node.name().to_owned(), label.clone()), node.line).filter(|_| !label.is_empty())
        {
            out.push(format!("{}: <{}> has the name '{label}' as that of line {line}", node.line, node.name()));
        }
    }
}

#[track_caller]
fn assert_valid(name: &str, site: &Site) {
    let mut out = Vec::new();
    let pages = site.files.keys().filter(|path| path.ends_with(".html"));
    for path in pages.clone() {
        out.extend(wrong(page(site, path)).into_iter().map(|words| format!("{name}/{path}:{words}")));
    }
    assert!(pages.count() > 0 && out.is_empty(), "{} wrong:\n  {}", out.len(), out.join("\n  "));
}

#[test]
fn the_shipped_guide_is_valid_html() {
    let tree = disk::read(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
    assert_valid("guide", &build::site_of(&tree).0);
}

#[test]
fn the_small_sites_are_valid_html() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sites");
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    let sites = names.iter().filter(|path| path.join("content").is_dir() || path.join("theoria.yaml").is_file());
    let mut count = 0;
    for path in sites {
        let (site, _) = build::site_of(&disk::read(path).unwrap());
        assert_valid(&path.file_name().unwrap().to_string_lossy(), &site);
        count += 1;
    }
    assert!(count >= 4, "the sites were not found");
}

/// Every construct of the dialect, as the cases of `tests/sites/markdown.txt` write it.
#[test]
fn every_construct_is_valid_html() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sites/markdown.txt");
    let file = fs::read_to_string(path).unwrap();
    let (mut out, mut count) = (Vec::new(), 0);
    for case in file.split("<<<<\n").skip(1) {
        let text = case.split_once("====\n").unwrap().0;
        // Raw HTML that its author has got wrong, to see that nothing else suffers.
        if ["<center>", "*never closed*", "</div> in *text*"].iter().any(|wrong| text.contains(wrong)) {
            continue;
        }
        let head = "== theoria.yaml ==\nvariables:\n  PAPER: https://p.example/?a=1&b=2\n== content/a.md ==\n---\ntitle: A\n---\n";
        let site = build::site_of(&tree(&format!("{head}{text}"))).0;
        // Which levels an author leaves out is told as a warning of its own.
        let found =
            wrong(page(&site, "a/index.html")).into_iter().filter(|words| !words.contains(" a heading of level "));
        out.extend(found.map(|words| format!("{words}\n    in {text:?}")));
        count += 1;
    }
    assert!(count > 20 && out.is_empty(), "{} wrong:\n  {}", out.len(), out.join("\n  "));
}

/// The checks find what they are for.
#[test]
fn what_is_no_html_is_found() {
    let files = "== content/a.md ==\n---\ntitle: A\n---\nWords.\n";
    let good = page(&site(files), "a/index.html").to_owned();
    assert_eq!(wrong(&good), Vec::<String>::new());
    for (inner, expected) in [
        ("<p>a<div>b</div></p>", "No <p> tag to close"),
        ("<span><div>b</div></span>", "<div> stands in <span>"),
        ("<p><a href=\"#main\"><button type=\"button\">b</button></a></p>", "<button> can be pressed"),
        ("<p id=\"main\">b</p>", "the id 'main' is given twice"),
        ("<p id=\"a\" id=\"b\">b</p>", "uplicate attribute"),
        ("<p aria-describedby=\"none\">b</p>", "asks by aria-describedby for 'none'"),
        ("<p><a href=\"#none\">b</a></p>", "a link leads to '#none'"),
        ("<table><tbody><tr><td>b</td></tr></tbody></table>", "<table> has no header cell"),
        ("<table><tbody><tr><th>b</th></tr></tbody></table>", "without a scope"),
        ("<ul><p>b</p></ul>", "<ul> holds <p>"),
        ("<p><img src=\"x.png\"></p>", "<img> has no words"),
        ("<p><a href=\"x\"></a></p>", "<a> has no name"),
        ("<svg viewBox=\"0 0 1 1\"></svg>", "<svg> has no name"),
        ("<h4>b</h4>", "level 4 follows one of level 1"),
        ("<h1>b</h1>", "2 headings of the first level"),
        ("<nav><p>b</p></nav>", "a <nav> has no name"),
        ("<details><p>b</p></details>", "<details> has no summary first"),
        ("<blink>b</blink>", "<blink> is no element"),
        ("<p onclick=\"x()\">b</p>", "a script in its attribute onclick"),
        ("<p>a &nope; <b>c", "Unexpected"),
    ] {
        let found = wrong(&good.replacen("<p>Words.</p>", inner, 1));
        assert!(found.iter().any(|words| words.contains(expected)), "{inner}: {found:?}");
    }
}
