//! What is shown beside a note, a formula or a reference that is pointed at: by mouse, by keyboard, by finger, on paper.

use std::path::Path;

use serde_json::json;

use crate::browser::Browser;
use crate::events::Show;

const SITE: &str = "== theoria.yaml ==
title: Notes
== templates/page.html ==
{% extends \"theoria/page.html\" %}{% block head %}<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'self'\">{% endblock %}
== content/index.md ==
---
title: Home
---
Words.
== content/a.md ==
---
title: 'Of notes{fn: A note of the title.}'
---
A first text with a note{fn: the *first*, see @eq-b and $x^2$}, a footnote[^n] and the footnote again[^n].

A formula $f_\\theta${tip: $f$: the function\\n$\\theta$: its *parameters*} and [> beside the text, see @thm-a <] a side note.

$$
y = f_\\theta(x) \\label{eq-a}
$$
{tip: $y$: the outcome}

By @eq-a, @thm-a, @sec-far, @eq-b, @ch-b and @q-why we know.

::: {.theorem #thm-a title=\"On width\"}
It is so{fn: a note in a theorem}.
:::

[^n]: A footnote with a [link](b.md).

## Far {#sec-far}

The text of the section.

{{LONG}}
== content/b.md ==
---
title: Another page
description: Of b.
---
Its first words, with a [relative link](a.md) and ![dot](dot.svg).

$$
z = 1 \\label{eq-b}
$$

::: {.question #q-why}
Why, see @eq-b?

Because.
:::
== content/dot.svg ==
<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1 1\"/>
";

fn open() -> Option<(Show, Browser)> {
    let mut show = Show::new();
    show.build(&site("first"));
    let mut browser = Browser::open(&format!("http://{}/a/", show.address))?;
    browser.point("");
    Some((show, browser))
}

fn site(word: &str) -> String {
    let long = (0..60).map(|n| format!("Paragraph {n}.\n\n")).collect::<String>();
    SITE.replace("{{LONG}}", &long).replace("A first text", &format!("A {word} text"))
}

/// Whether a popover is shown, with these words.
fn shows(words: &str) -> String {
    format!(
        "(() => {{ const box = document.querySelector('.popover:not([hidden])'); return box && box.textContent.includes({}); }})()",
        json!(words)
    )
}

const HIDDEN: &str = "!document.querySelector('.popover:not([hidden])')";
/// The note in the text: that of the title is the first.
const NOTE: &str = "#fnref-2";

#[test]
fn a_note_is_shown_while_it_is_pointed_at() {
    let Some((_show, mut browser)) = open() else { return };
    browser.point(NOTE);
    browser.wait_until(&shows("the first, see (1) of ‘Another page’"));
    // It is described by it, lies on the screen, has no way back, and nothing has an id twice.
    let described = format!("document.querySelector('{NOTE}').getAttribute('aria-describedby')");
    assert_eq!(browser.eval(&format!("document.getElementById({described}).getAttribute('role')")), "tooltip");
    let ids = "Array.from(document.querySelectorAll('[id]'), (node) => node.id)";
    assert_eq!(browser.eval(&format!("{ids}.filter((id, at, all) => all.indexOf(id) !== at)")), json!([]));
    assert_eq!(browser.eval("document.querySelector('.popover .back')"), json!(null));
    let inside = "(() => { const box = document.querySelector('.popover').getBoundingClientRect(); \
                  return box.left >= 0 && box.top >= 0 && box.right <= innerWidth && box.bottom <= innerHeight; })()";
    assert_eq!(browser.eval(inside), true);
    // It stays while the mouse is on it, and goes when it is elsewhere.
    browser.point(".popover");
    browser.eval("new Promise((go) => setTimeout(go, 500))");
    assert_eq!(browser.eval(&shows("the first")), true);
    browser.point("h1");
    browser.wait_until(HIDDEN);
    assert_eq!(browser.eval(&described), json!(null));
    // Escape closes it, and it does not come back by itself.
    browser.point("#fnref-3");
    browser.wait_until(&shows("A footnote with a link."));
    browser.press("Escape", "");
    browser.wait_until(HIDDEN);
    browser.eval("new Promise((go) => setTimeout(go, 500))");
    assert_eq!(browser.eval(HIDDEN), true);
}

#[test]
fn notes_and_formulas_are_shown_to_the_keyboard() {
    let Some((_show, mut browser)) = open() else { return };
    browser.eval("document.querySelector('#fnref-1').focus()");
    browser.press("Tab", "");
    browser.wait_until(&shows("the first"));
    assert_eq!(browser.eval("document.activeElement.id"), "fnref-2");
    browser.press("Escape", "");
    browser.wait_until(HIDDEN);
    // The footnote twice, and then the formula.
    browser.press("Tab", "");
    browser.wait_until(&shows("A footnote"));
    browser.press("Tab", "");
    browser.press("Tab", "");
    browser.wait_until(&shows("its parameters"));
    assert_eq!(browser.eval("document.activeElement.className"), "math tipped");
    let tip = "document.getElementById(document.activeElement.getAttribute('aria-describedby'))";
    assert_eq!(browser.eval(&format!("[{tip}.className, {tip}.querySelectorAll('.term').length]")), json!(["tip", 2]));
    browser.eval("document.activeElement.blur()");
    browser.wait_until(HIDDEN);
}

#[test]
fn references_show_what_they_lead_to_on_this_page_and_on_others() {
    let Some((mut show, mut browser)) = open() else { return };
    for (to, words) in [
        ("p > a.ref[href$='#thm-a']", "Theorem 1 (On width)"),
        ("a.ref[href$='#sec-far']", "The text of the section."),
        ("p > a.ref[href$='b/']", "Its first words"),
        ("a.ref[href$='#q-why']", "Because."),
    ] {
        browser.point(to);
        browser.wait_until(&shows(words));
    }
    assert_eq!(browser.eval("document.querySelector('.popover .footnote-ref')"), json!(null));
    // What comes from another page leads where it led there.
    browser.point("p > a.ref[href$='b/']");
    browser.wait_until(&shows("relative link"));
    assert_eq!(browser.eval("document.querySelector('.popover p a').pathname"), "/a/");
    assert_eq!(browser.eval("document.querySelector('.popover img').naturalWidth >= 0 && new URL(document.querySelector('.popover img').src).pathname"), "/dot.svg");
    browser.point("p > a.ref[href$='#eq-b']");
    browser.wait_until("document.querySelector('.popover:not([hidden]) .math.display')");
    assert_eq!(browser.eval("document.querySelector('.popover [id]')"), json!(null));
    // After an edit, exchanged in place, all of it goes on.
    browser.eval("window.mark = 'here'; 0");
    browser.point("h1");
    browser.wait_until(HIDDEN);
    show.build(&site("second"));
    browser.wait_until("document.querySelector('main').textContent.includes('A second text')");
    browser.point(NOTE);
    browser.wait_until(&shows("the first"));
    browser.point("p > a.ref[href$='#thm-a']");
    browser.wait_until(&shows("On width"));
    assert_eq!(browser.eval("mark"), "here");
}

#[test]
fn a_finger_opens_a_note_and_then_follows_it() {
    let Some((_show, mut browser)) = open() else { return };
    browser.size(390, 760);
    browser.tap(NOTE);
    browser.wait_until(&shows("the first"));
    assert_eq!(browser.eval("location.hash"), "");
    browser.tap(".math.tipped:not(.display)");
    browser.wait_until(&shows("the function"));
    browser.tap("h1");
    browser.wait_until(HIDDEN);
    // A side note opens without any script.
    let side = "getComputedStyle(document.querySelector('.sidenote')).display";
    assert_eq!(browser.eval(side), "none");
    browser.tap(".side-switch");
    browser.wait_until(&format!("{side} === 'block'"));
    browser.tap(NOTE);
    browser.wait_until(&shows("the first"));
    browser.tap(NOTE);
    browser.wait_until("location.hash === '#fn-2'");
}

#[test]
fn notes_stand_in_the_margin_where_there_is_one_and_below_the_text_on_paper() {
    let Some((_show, mut browser)) = open() else { return };
    browser.size(1400, 900);
    let margin = "(() => { const note = document.querySelector('.sidenote').getBoundingClientRect(), \
                  text = document.querySelector('.prose').getBoundingClientRect(); \
                  return note.left >= text.right && note.right <= innerWidth; })()";
    assert_eq!(browser.eval(margin), true);
    assert_eq!(browser.eval("getComputedStyle(document.querySelector('.side-switch')).display"), "none");
    browser.on_paper(true);
    let shown = |what: &str| format!("getComputedStyle(document.querySelector('{what}')).display !== 'none'");
    for what in [".footnotes", ".tip", ".sidenote"] {
        assert_eq!(browser.eval(&shown(what)), true, "{what}");
    }
    assert_eq!(browser.eval(&shown(".footnotes .back")), false);
    browser.on_paper(false);
    assert_eq!(browser.eval(&shown(".tip")), false);
}

/// Pictures of the popovers, to be looked at: `THEORIA_PICTURES=folder cargo test pictures`.
#[test]
fn pictures_of_the_popovers() {
    let Some(folder) = std::env::var_os("THEORIA_PICTURES") else { return };
    let folder = Path::new(&folder);
    let Some((_show, mut browser)) = open() else { return };
    for (width, height) in [(1400, 800), (390, 760)] {
        for dark in [false, true] {
            browser.size(width, height);
            browser.dark(dark);
            let all = [
                NOTE,
                ".math.tipped",
                "p > a.ref[href$='#thm-a']",
                "p > a.ref[href$='b/']",
                "a.ref[href$='#q-why']",
                "p > a.ref[href$='#eq-b']",
            ];
            for (at, what) in all.into_iter().enumerate() {
                browser.point(what);
                browser.eval("new Promise((go) => setTimeout(go, 600))");
                browser.wait_until("document.querySelector('.popover:not([hidden])')");
                let theme = if dark { "dark" } else { "light" };
                browser.screenshot(&folder.join(format!("popover-{width}-{theme}-{at}.png")));
            }
        }
    }
}
