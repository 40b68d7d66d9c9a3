//! The pages without a mouse, on the smallest screens, with larger letters, and without motion.

use serde_json::{Value, json};

use crate::axe::{pages, read, serve};
use crate::browser::Browser;

/// What has the focus: its name, whether it can be seen to have it, and whether it is on the screen.
const FOCUS: &str = "(() => {
    const it = document.activeElement, style = getComputedStyle(it), box = it.getBoundingClientRect();
    return {
        name: it.matches('.skip') ? 'skip' : it.matches('.theme-switch') ? 'theme' : it.matches('.contents > summary') ? 'menu'
            : it === document.body ? 'end' : it.tagName.toLowerCase(),
        marked: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
        seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
        html: it.outerHTML.slice(0, 120),
    };
})()";

fn tab(browser: &mut Browser) -> Value {
    browser.press("Tab", "");
    browser.eval(&format!("new Promise((go) => requestAnimationFrame(() => go({FOCUS})))"))
}

#[test]
fn every_page_can_be_walked_through_by_keyboard() {
    let site = read(".");
    let served = serve(&site);
    let Some(mut browser) = Browser::open(&served.address) else { return };
    let mut wrong = Vec::new();
    for path in pages(&site) {
        browser.go(&format!("{}{path}", served.address));
        let mut names = Vec::new();
        for _ in 0..400 {
            let found = tab(&mut browser);
            let name = found["name"].as_str().unwrap().to_owned();
            if name == "end" || names.len() > 3 && name == "skip" {
                break;
            }
            if found["marked"] != json!(true) || found["seen"] != json!(true) {
                wrong.push(format!("{path}: {found}"));
            }
            names.push(name);
        }
        if names.first().map(String::as_str) != Some("skip") || !names.iter().any(|name| name == "theme") {
            wrong.push(format!("{path}: {names:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn skip_link_menu_and_theme_switch_answer_to_keys() {
    let site = read("tests/sites/plain");
    let served = serve(&site);
    let Some(mut browser) = Browser::open(&format!("{}first/one/", served.address)) else { return };
    let until = |browser: &mut Browser, name: &str| {
        while tab(browser)["name"] != json!(name) {}
    };
    // The skip link leads into the text: what comes next is in it.
    until(&mut browser, "skip");
    browser.press("Enter", "\r");
    browser.wait_until("location.hash === '#main'");
    tab(&mut browser);
    assert_eq!(browser.eval("document.querySelector('main').contains(document.activeElement)"), true);
    browser.go(&format!("{}first/two/", served.address));
    until(&mut browser, "menu");
    browser.press("Enter", "\r");
    browser.wait_until("document.querySelector('.contents').open");
    tab(&mut browser);
    assert_eq!(browser.eval("document.querySelector('.contents-panel').contains(document.activeElement)"), true);
    // Escape closes the menu and goes back to where it was opened.
    browser.press("Escape", "");
    browser.wait_until("!document.querySelector('.contents').open");
    assert_eq!(browser.eval(FOCUS)["name"], "menu");
    // Whoever leaves it by Tab does not leave it open over the text.
    browser.press("Enter", "\r");
    browser.wait_until("document.querySelector('.contents').open");
    until(&mut browser, "theme");
    browser.wait_until("!document.querySelector('.contents').open");
    let name = "document.activeElement.getAttribute('aria-label')";
    assert_eq!(browser.eval(name), "Use the dark theme");
    browser.press("Enter", "\r");
    browser.wait_until("document.documentElement.dataset.theme === 'dark'");
    assert_eq!(browser.eval(name), "Use the light theme");
    browser.press(" ", " ");
    browser.wait_until("document.documentElement.dataset.theme !== 'dark'");
}

/// At 320 pixels (a desk at 400 %) and with the spacing that readers may ask for, nothing runs out of the page.
#[test]
fn nothing_is_lost_on_small_screens_or_with_large_letters() {
    let mut wrong = Vec::new();
    for folder in [".", "tests/sites/plain", "tests/sites/ledger", "tests/sites/questions"] {
        let site = read(folder);
        let served = serve(&site);
        let Some(mut browser) = Browser::open(&served.address) else { return };
        for path in pages(&site) {
            for (width, words) in [(320, ""), (640, "spacing"), (640, "large")] {
                browser.size(width, 800);
                browser.go(&format!("{}{path}", served.address));
                let style = match words {
                    "spacing" => {
                        "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }
                         p { margin-bottom: 2em !important }"
                    }
                    "large" => "html { font-size: 200% }",
                    _ => "",
                };
                browser.eval(&format!(
                    "document.head.append(Object.assign(document.createElement('style'), {{textContent: {}}})); 0",
                    json!(style)
                ));
                let found = browser.eval(
                    "(() => { const root = document.documentElement; if (root.scrollWidth <= root.clientWidth) return '';
                      const out = Array.from(document.querySelectorAll('body *')).filter((it) => {
                        const box = it.getBoundingClientRect();
                        if (box.right <= root.clientWidth + 1 || box.width === 0) return false;
                        for (let at = it.parentElement; at; at = at.parentElement)
                          if (getComputedStyle(at).overflowX !== 'visible') return false;
                        return true; });
                      return root.scrollWidth + ': ' + out.slice(0, 4).map((it) => it.outerHTML.slice(0, 90)).join(' | '); })()",
                );
                if found != json!("") {
                    wrong.push(format!("{folder}/{path} at {width} {words}: {found}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_moves_for_those_who_ask_for_calm() {
    let site = read(".");
    let served = serve(&site);
    let Some(mut browser) = Browser::open(&served.address) else { return };
    browser.calm(true);
    for path in ["", "quickstart/introduction/", "figures/"] {
        browser.go(&format!("{}{path}", served.address));
        let moving = browser.eval(
            "Array.from(document.querySelectorAll('*')).filter((it) => ['', '::before', '::after'].some((part) => {
                const style = getComputedStyle(it, part || null);
                return style.transitionDuration.split(', ').some((time) => parseFloat(time) > 0) && style.transitionProperty !== 'none'
                    || style.animationName !== 'none' || style.scrollBehavior === 'smooth'; }))
             .map((it) => it.outerHTML.slice(0, 90))",
        );
        assert_eq!(moving, json!([]), "{path}");
    }
}
