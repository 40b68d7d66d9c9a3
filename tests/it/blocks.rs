//! Tabs, and sections behind their titles, as readers meet them in a browser.

use serde_json::json;

use crate::browser::Browser;
use crate::support::Folder;

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
