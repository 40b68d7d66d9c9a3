//! What keeps readers out is found by axe-core in a browser: on every page, in both themes, on a desk and on a phone.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;

use serde_json::Value;
use theoria::guide::site::Site;
use theoria::shell::{build, disk, serve};

use crate::browser::{Browser, missing};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Pages of one kind that are looked at: a guide may have hundreds of questions.
const ALIKE: usize = 2;

/// The script: where `.ci/run` puts it, or where `THEORIA_AXE` says.
fn script() -> Option<String> {
    let here = PathBuf::from(ROOT).join("target/axe/node_modules/axe-core/axe.min.js");
    let path = std::env::var_os("THEORIA_AXE").map_or(here, PathBuf::from);
    fs::read_to_string(&path).ok().or_else(|| missing(&format!("axe-core is not at {}", path.display())))
}

/// A site on this machine's loopback for the rest of the test, and its address with a slash at its end.
pub struct Served {
    pub address: String,
    _folder: tempfile::TempDir,
}

pub fn serve(site: &Site) -> Served {
    let folder = tempfile::tempdir().unwrap();
    for (path, bytes) in &site.files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let (send, receive) = channel();
    let path = folder.path().to_owned();
    std::thread::spawn(move || serve::serve(&path, 0, |address| send.send(address.to_owned()).unwrap()));
    let address = receive.recv().unwrap();
    Served { address: format!("{}/", address.trim_end_matches('/')), _folder: folder }
}

/// The pages to look at: all but those that forward at once, and of those in one folder without pages of their own only some.
pub fn pages(site: &Site) -> Vec<String> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut out = Vec::new();
    let forwards = |file: &[u8]| String::from_utf8_lossy(file).contains(r#"http-equiv="refresh""#);
    for (path, _) in site.files.iter().filter(|(path, file)| path.ends_with(".html") && !forwards(file)) {
        let address = path.strip_suffix("index.html").unwrap_or(path);
        let folder = address.trim_end_matches('/').rsplit_once('/').map_or("", |(folder, _)| folder);
        let count = seen.entry(folder).or_default();
        *count += 1;
        // Chapters differ; the pages that the site makes of their questions and tags do not.
        let alike = ["questions", "tags", "categories", "people"].contains(&folder);
        if !alike || *count <= ALIKE {
            out.push(address.to_owned());
        }
    }
    out
}

/// The site in a folder.
pub fn read(folder: &str) -> Site {
    build::site_of(&disk::read(&Path::new(ROOT).join(folder)).unwrap()).0
}

/// Runs axe over what the browser shows, with everything unfolded; each finding as words.
fn findings(browser: &mut Browser, part: &str, rules: &str) -> Vec<String> {
    let run = format!(
        "(async () => {{
            for (const one of document.querySelectorAll('main details')) one.open = true;
            await new Promise((go) => requestAnimationFrame(() => setTimeout(go, 30)));
            document.getAnimations().forEach((one) => one.finish());
            const found = await axe.run({{include: ['{part}'], exclude: ['.katex-html']}}, {{resultTypes: ['violations'], {rules}}});
            return found.violations.flatMap((v) => v.nodes.map((n) => v.impact + ' ' + v.id + ': '
                + n.target.join(' ') + ' ' + n.html.slice(0, 160) + ' | '
                + n.failureSummary.split('\\n').slice(1).join(';').slice(0, 300)));
        }})()"
    );
    let found = browser.eval(&run);
    let words = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    found.as_array().expect("a list of findings").iter().map(words).collect()
}

/// All that axe has rules for, but for those of drafts of the standards.
const ALL: &str =
    "runOnly: {type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}";
/// What depends on colours, and what on the size of the screen.
const COLOURS: &str = "runOnly: ['color-contrast', 'link-in-text-block']";
const LAYOUT: &str =
    "runOnly: ['color-contrast', 'target-size', 'scrollable-region-focusable', 'region', 'bypass', 'tabindex']";

fn look(name: &str, site: &Site, paths: &[String]) {
    let Some(axe) = script() else { return };
    let served = serve(site);
    let Some(mut browser) = Browser::open("about:blank") else { return };
    browser.on_every_page(&axe);
    let mut out: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in paths {
        browser.size(1280, 900);
        browser.dark(false);
        browser.go(&format!("{}{path}", served.address));
        let mut all = findings(&mut browser, "html", ALL);
        browser.dark(true);
        all.extend(findings(&mut browser, "html", COLOURS).into_iter().map(|words| format!("in the dark: {words}")));
        browser.dark(false);
        browser.size(390, 844);
        all.extend(findings(&mut browser, "html", LAYOUT).into_iter().map(|words| format!("on a phone: {words}")));
        if path == &paths[0] {
            browser.eval("document.querySelector('.contents').open = true; 0");
            all.extend(findings(&mut browser, ".site-header", ALL).into_iter().map(|words| format!("menu: {words}")));
        }
        for words in all {
            out.entry(words).or_default().push(path.clone());
        }
    }
    let told = out.iter().map(|(words, pages)| format!("{words}\n    on {}", pages.join(", ")));
    let told: Vec<String> = told.collect();
    assert!(told.is_empty(), "{name}: {} findings\n  {}", told.len(), told.join("\n  "));
}

#[test]
fn nothing_keeps_readers_out_of_the_shipped_guide() {
    let site = read(".");
    look("guide", &site, &pages(&site));
}

#[test]
fn nothing_keeps_readers_out_of_the_small_sites() {
    for name in ["plain", "ledger", "questions", "chrome"] {
        let site = read(&format!("tests/sites/{name}"));
        // Its links begin at the address that the site will have.
        let paths: Vec<String> = pages(&site).into_iter().filter(|path| path != "404.html").collect();
        look(name, &site, &paths);
    }
}
