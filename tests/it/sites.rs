//! Tiny sites and what they become: `tests/sites/NAME/expected`; `UPDATE=1` writes it anew.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use theoria::shell::{build, disk};

use crate::support::{between, formulas_as_tex, lines, listing, page};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sites").join(name)
}

/// Compares pages of a site with what is expected of them, each seen through `part`.
#[track_caller]
fn check(name: &str, part: fn(&str) -> String) {
    let tree = disk::read(&folder(name)).unwrap();
    let (site, mistakes) = build::site_of(&tree);
    assert_eq!(lines(&mistakes, &tree), Vec::<String>::new());
    let pages = site
        .files
        .keys()
        .filter(|path| path.ends_with(".html") && *path != "404.html" && page(&site, path).contains("<main"));
    let text = site.files.keys().filter(|path| path.ends_with(".csv"));
    let mut found: BTreeMap<String, String> = pages.map(|path| (path.clone(), part(page(&site, path)))).collect();
    found.extend(text.map(|path| (path.clone(), page(&site, path).to_owned())));
    let expected = folder(name).join("expected");
    if std::env::var_os("UPDATE").is_some() {
        let _ = fs::remove_dir_all(&expected);
        for (path, text) in &found {
            let path = expected.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }
    let expected: BTreeMap<String, Vec<u8>> = listing(&expected).into_iter().collect();
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "the pages of {name}");
    for (path, text) in found {
        let expected = String::from_utf8(expected[&path].clone()).unwrap();
        assert!(text == expected, "{name}/{path} is\n{text}\nnot\n{expected}");
    }
}

/// What a page says: no chrome, formulas as LaTeX, and drawings by their first tag, since they have tests of their own.
fn main_of(html: &str) -> String {
    let main = formulas_as_tex(between(html, "<main", "</main>"));
    let (mut out, mut rest) = (String::from("<main "), main.as_str());
    while let Some((before, svg)) = rest.split_once("<svg") {
        let (head, after) = svg.split_once("</svg>").unwrap();
        out.push_str(before);
        out.push_str(&format!("<svg{}>…</svg>", head.split('>').next().unwrap()));
        rest = after;
    }
    let text = out + rest + "\n</main>\n";
    // Where templates leave white space at the end of a line is their own business.
    text.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

#[test]
fn a_plain_site() {
    check("plain", main_of);
}

#[test]
fn a_site_that_brings_its_ledger_needs_no_compiler() {
    check("ledger", main_of);
}

#[test]
fn a_site_with_open_questions() {
    check("questions", main_of);
}

#[test]
fn a_site_in_the_form_of_learningmechanics() {
    check("learningmechanics", main_of);
    let (site, _) = build::site_of(&disk::read(&folder("learningmechanics")).unwrap());
    // Addresses that such a site had lead on, and scripts beside a page are loaded with it.
    for former in ["openquestions/index.html", "openquestions/bowls/index.html", "openquestions/od-2/index.html"] {
        assert!(page(&site, former).contains("http-equiv=\"refresh\""), "{former}");
    }
    assert!(page(&site, "walk/momentum/index.html").contains("pendulum.js\""));
    assert!(site.files.contains_key("static/css/questions.css"));
}

#[test]
fn the_whole_page_around_the_text() {
    check("chrome", |html| html.replace(env!("CARGO_PKG_VERSION"), "VERSION"));
}

#[test]
fn ids_are_given_once_on_every_page() {
    for name in ["plain", "ledger", "questions", "chrome", "learningmechanics"] {
        let (site, _) = build::site_of(&disk::read(&folder(name)).unwrap());
        for path in site.files.keys().filter(|path| path.ends_with(".html")) {
            let mut ids: Vec<&str> =
                page(&site, path).split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
            let all = ids.len();
            ids.sort_unstable();
            ids.dedup();
            assert_eq!(ids.len(), all, "{name}/{path}: {ids:?}");
        }
    }
}
