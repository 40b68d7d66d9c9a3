//! Full-text search: what can be found, and that a reader finds it, under a strict policy and below a base path.

use std::path::Path;
use std::sync::mpsc::channel;

use serde_json::Value;
use theoria::guide::search;
use theoria::guide::site::Site;
use theoria::shell::{build, disk, serve};

use crate::browser::Browser;
use crate::support::{Folder, lines, page, site};

const SITE: &str = r#"== theoria.yaml ==
title: Tests
== content/index.md ==
---
title: Tests
---
Where to begin.
== content/first/01-one.md ==
---
title: One
---
An opening with $x_1 < 2$ &amp; **bold**face words.

## On kernels {#sec-kernels}

The tangent kernel says gradients commute. It is a long section, whose words go on and on before it comes to what matters here: a
pomegranate grows on every tree of this garden, and the kernel is in it.

::: {.question #q-why topic=tests}
Why do lemmings queue?
:::

```rust
let hidden_word = aardvark();
```
== content/first/02-two.md ==
---
title: Two
hidden: true
---
Nobody finds the tangent here.
== content/about.md ==
---
title: About
---
About kernels, a little.
"#;

/// The policy that the README recommends.
const POLICY: &str =
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'self'";

fn index(site: &Site) -> Value {
    let script = String::from_utf8(search::index(site)).unwrap();
    let json = script.strip_prefix("window.theoriaSearch=").unwrap().strip_suffix(";\n").unwrap();
    serde_json::from_str(json).unwrap()
}

#[test]
fn the_index_has_sections_and_questions_in_words() {
    let site = site(SITE);
    let index = index(&site);
    let pages: Vec<&str> = index["pages"].as_array().unwrap().iter().map(|page| page[0].as_str().unwrap()).collect();
    assert_eq!(pages, ["about/", "first/one/", "", "questions/why/"]);
    let place = |anchor: &str| {
        let places = index["places"].as_array().unwrap().iter();
        let mut found = places.filter(|place| place[0] == 1 && place[1] == anchor);
        found.next().unwrap_or_else(|| panic!("nothing is at {anchor}")).clone()
    };
    assert_eq!(place("")[4], "An opening with x_1 < 2 & boldface words.");
    assert_eq!((&place("sec-kernels")[2], &place("sec-kernels")[3]), (&"On kernels".into(), &"section".into()));
    assert!(place("sec-kernels")[4].as_str().unwrap().starts_with("The tangent kernel says"));
    assert_eq!(place("q-why")[2], "Why do lemmings queue?");
    let text = index.to_string();
    assert!(!text.contains("Nobody finds") && !text.contains("katex") && text.contains("aardvark"));
}

#[test]
fn the_index_is_what_the_site_says() {
    let folder = Folder::new(SITE);
    assert!(folder.build().written.is_some());
    let tree = disk::read(folder.path()).unwrap();
    let (site, _) = build::site_of(&tree);
    assert_eq!(std::fs::read(folder.path().join("public/search.js")).unwrap(), search::index(&site));
    assert_eq!(search::index(&site), search::index(&site));
    folder.write("theoria.yaml", "title: Tests\nsearch: false\n");
    assert!(folder.build().written.is_some());
    assert!(!folder.has("public/search.js") && !folder.read("public/index.html").contains("search-open"));
}

/// Writes a site as a server with a policy would serve it.
fn write(site: &Site, folder: &Path) {
    let policy =
        format!("<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">");
    for (path, bytes) in &site.files {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        match std::str::from_utf8(bytes).ok().filter(|text| text.starts_with("<!doctype html>")) {
            Some(html) => {
                let html = html.replacen("<meta charset=\"utf-8\">", &policy, 1);
                assert!(html.contains(POLICY), "{}", path.display());
                std::fs::write(path, html).unwrap();
            }
            None => std::fs::write(path, bytes).unwrap(),
        }
    }
}

/// Serves a folder, and opens a page of it in a browser that notes what the policy forbids.
fn open(folder: &Path, path: &str) -> Option<(String, Browser)> {
    let (send, receive) = channel();
    let folder = folder.to_owned();
    std::thread::spawn(move || serve::serve(&folder, 0, |address| send.send(address.to_owned()).unwrap()));
    let address = receive.recv().unwrap();
    let address = address.trim_end_matches('/').to_owned();
    let mut browser = Browser::open("about:blank")?;
    browser.before_load(
        "window.forbidden = []; \
         addEventListener('securitypolicyviolation', e => forbidden.push(e.violatedDirective + ' ' + e.blockedURI + ' ' + e.sample))",
    );
    browser.go(&format!("{address}/{path}"));
    Some((address, browser))
}

#[test]
fn a_reader_finds_a_word() {
    let mut site = site(SITE);
    let script = search::index(&site);
    site.insert(search::PATH, script);
    assert!(page(&site, "index.html").contains("<button class=\"search-open\" type=\"button\" hidden"));
    let folder = tempfile::tempdir().unwrap();
    write(&site, &folder.path().join("base"));
    let Some((address, mut browser)) = open(folder.path(), "base/about/") else { return };
    browser.wait_until("!document.querySelector('.search-open').hidden");
    browser.press("/", "/");
    browser.wait_until("document.querySelector('dialog.search').open && document.activeElement.type === 'search'");
    browser.insert("pomegranates");
    browser.wait_until("document.querySelectorAll('.search-results a').length === 2");
    assert_eq!(browser.eval("document.querySelector('.search-status').textContent"), "1 page");
    let found = "document.querySelector('.search-place')";
    assert_eq!(browser.eval(&format!("{found}.querySelector('.search-name').textContent")), "On kernels");
    browser.eval("document.querySelector('dialog.search input').value = 'tangent kernel'; 0");
    browser.eval("document.querySelector('dialog.search input').dispatchEvent(new Event('input')); 0");
    browser.wait_until("document.querySelector('.search-results mark')?.textContent.toLowerCase() === 'kernel'");
    browser.press("ArrowDown", "");
    browser.wait_until(&format!("{found}.getAttribute('aria-selected') === 'true'"));
    browser.press("Enter", "\r");
    browser.wait_until(&format!(
        "location.href === '{address}/base/first/one/#sec-kernels' && document.readyState === 'complete' \
         && !document.querySelector('.search-open').hidden"
    ));
    browser.press("/", "/");
    browser.wait_until("document.querySelector('dialog.search')?.open");
    browser.press("Escape", "");
    browser.wait_until("!document.querySelector('dialog.search').open");
    assert_eq!(browser.eval("forbidden"), serde_json::json!([]));
}

#[test]
fn the_guide_needs_nothing_that_a_strict_policy_forbids() {
    let tree = disk::read(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
    let (mut site, mistakes) = build::site_of(&tree);
    let told = lines(&mistakes, &tree);
    // Not every machine has every collection of data.
    assert!(told.iter().all(|line| line.contains("warning missing-data")), "{told:?}");
    let script = search::index(&site);
    site.insert(search::PATH, script);
    let folder = tempfile::tempdir().unwrap();
    write(&site, folder.path());
    let Some((address, mut browser)) = open(folder.path(), "") else { return };
    let pages: Vec<&String> = site.files.keys().filter(|path| path.ends_with("index.html")).collect();
    for path in pages {
        browser.go(&format!("{address}/{}", path.strip_suffix("index.html").unwrap()));
        assert_eq!(browser.eval("forbidden"), serde_json::json!([]), "{path}");
        // Nothing is asked of anybody else.
        let asked =
            "performance.getEntriesByType('resource').map(r => r.name).filter(n => !n.startsWith(location.origin))";
        assert_eq!(browser.eval(asked), serde_json::json!([]), "{path}");
    }
    browser.wait_until("!document.querySelector('.search-open').hidden");
    browser.press("/", "/");
    browser.wait_until("document.activeElement.type === 'search'");
    browser.insert("kernel");
    browser.wait_until("document.querySelectorAll('.search-results a').length > 3");
    assert_eq!(browser.eval("forbidden"), serde_json::json!([]));
}
