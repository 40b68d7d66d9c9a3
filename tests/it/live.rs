//! The pages of a live site in a browser: they follow its changes in place, show mistakes and mark what is computed.

use std::path::Path;

use serde_json::json;
use theoria::shell::serve::live::Running;

use crate::browser::Browser;
use crate::events::{Show, wrong};
use crate::support;

/// A page with a policy that forbids inline scripts and styles.
fn page(title: &str, main: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'self'\">\n<title>{title}</title>\n\
         <link rel=\"stylesheet\" href=\"/s.css\">\n<link rel=\"stylesheet\" href=\"/t.css\">\n</head>\n<body>\n\
         <header>head</header>\n<main id=\"main\">\n{main}\n</main>\n</body>\n</html>\n"
    )
}

fn paragraphs(numbers: std::ops::Range<usize>) -> String {
    numbers.map(|n| format!("<p id=\"p{n}\">paragraph {n}</p>\n")).collect()
}

const STYLE: &str = "p { margin: 0; height: 40px }";

/// A site with one page, and a browser that shows it and follows it.
fn open(main: &str) -> Option<(Show, Browser)> {
    let mut show = Show::new();
    show.change(&[("index.html", &page("one", main)), ("s.css", STYLE), ("t.css", "h1 { color: red }")]);
    let mut browser = Browser::open(&format!("http://{}/", show.address))?;
    browser.eval("window.mark = 'here'; 0");
    follows(&show, &mut browser);
    Some((show, browser))
}

/// Waits until the page listens: it has then been told that no cell is running, and then that one is.
fn follows(show: &Show, browser: &mut Browser) {
    show.live.mistakes(vec![wrong("listening")]);
    browser.wait_until(&panel("!== null && said().startsWith('1 mistake')"));
    show.live.mistakes(vec![]);
    browser.wait_until(&panel("=== null"));
}

/// An expression on the panel, which is null while there is none; `said()` is its headline.
fn panel(rest: &str) -> String {
    format!(
        "(() => {{ const shadow = document.querySelector('theoria-live').shadowRoot; \
         const said = () => shadow.querySelector('.tl-said').textContent; \
         const panel = shadow.querySelector('.tl-panel:not([hidden])'); return panel {rest}; }})()"
    )
}

#[test]
fn what_changed_is_exchanged_in_place() {
    let main = format!(
        "<details id=\"d\"><summary>more</summary><p>inside</p></details><input id=\"i\">{}",
        paragraphs(0..100)
    );
    let Some((mut show, mut browser)) = open(&main) else { return };
    browser
        .eval("document.querySelector('#d').open = true; document.querySelector('#i').focus({preventScroll: true}); 0");
    browser.eval("scrollTo(0, 1610); for (const p of document.querySelectorAll('p')) p.kept = true; 0");
    browser.eval("window.top50 = document.querySelector('#p50').getBoundingClientRect().top; 0");
    // Far above, at the place itself, and at the end: new, other and gone.
    let main = main
        .replace("paragraph 3<", "a new <b>paragraph</b> 3<")
        .replace("<p id=\"p5\">", "<h2 id=\"new\">New</h2><p id=\"q\">q</p><p id=\"p5\">")
        .replace("<p id=\"p7\">paragraph 7</p>\n", "")
        .replace("paragraph 50<", "50 is another<")
        .replace("<p id=\"p99\">", "<p id=\"p99\" class=\"last\">");
    show.change(&[("index.html", &page("two", &main))]);
    browser.wait_until("document.title === 'two'");
    assert_eq!(
        browser.eval("[mark, document.querySelector('#d').open, document.activeElement.id]"),
        json!(["here", true, "i"])
    );
    assert_eq!(
        browser.eval("Array.from(document.querySelectorAll('main p')).filter((p) => !p.kept).map((p) => p.id)"),
        json!(["q"])
    );
    assert_eq!(browser.eval("document.querySelector('#p3').innerHTML"), "a new <b>paragraph</b> 3");
    assert_eq!(browser.eval("document.querySelector('#p50').textContent"), "50 is another");
    assert_eq!(
        browser.eval("[document.querySelector('#p7'), document.querySelector('#p99').className]"),
        json!([null, "last"])
    );
    assert_eq!(browser.eval("document.querySelector('#new').nextElementSibling.nextElementSibling.id"), "p5");
    let moved = browser.eval("document.querySelector('#p50').getBoundingClientRect().top - top50").as_f64().unwrap();
    assert!(moved.abs() < 1.0, "what was read moved by {moved} pixels");
    // The page is now what a fresh one would be.
    let fresh = "fetch('/').then((a) => a.text()).then((text) => \
                 new DOMParser().parseFromString(text, 'text/html').querySelector('main'))";
    browser.eval("document.querySelector('#d').open = false; 0");
    assert_eq!(
        browser.eval(&format!("{fresh}.then((main) => main.isEqualNode(document.querySelector('main')))")),
        true
    );
    assert_eq!(browser.eval("mark"), "here");
}

/// Pages that are edited at random end as if they had been loaded afresh, without being loaded.
#[test]
fn any_change_leads_to_the_page_as_it_is() {
    let Some((mut show, mut browser)) = open("start") else { return };
    let mut dice = support::Dice::new(3);
    let words = [
        "a",
        "b <i>c</i>",
        "<svg><path d=\"M0 0\"/></svg>",
        "&lt;",
        "<!-- c -->",
        "\n",
        "<ul><li>x</li><li>y</li></ul>",
    ];
    let mut main: Vec<String> = Vec::new();
    for round in 0..60 {
        for _ in 0..=dice.below(5) {
            let at = dice.below(main.len() + 1);
            let (tag, class) =
                (*dice.pick(&["p", "div", "section"]), *dice.pick(&["", " class=\"k\"", " title=\"t\""]));
            let part = format!("<{tag}{class}>{}{}</{tag}>", dice.pick(&words), dice.pick(&words));
            match dice.below(4) {
                0 if at < main.len() => drop(main.remove(at)),
                1 if at < main.len() => main[at] = part,
                2 if at < main.len() => main[at] = format!("<div>{}{part}</div>", main[at]),
                _ => main.insert(at, part),
            }
        }
        show.change(&[("index.html", &page(&format!("round {round}"), &main.concat()))]);
        browser.wait_until(&format!("document.title === 'round {round}'"));
        let same = browser.eval(
            "fetch('/').then((a) => a.text()).then((text) => new DOMParser().parseFromString(text, 'text/html')\
             .querySelector('main').isEqualNode(document.querySelector('main')))",
        );
        assert_eq!(same, true, "after round {round}: {}", browser.eval("document.querySelector('main').outerHTML"));
    }
    assert_eq!(browser.eval("mark"), "here");
}

#[test]
fn style_sheets_are_exchanged_and_other_changes_load_the_page() {
    let Some((mut show, mut browser)) = open(&paragraphs(0..100)) else { return };
    browser.eval("scrollTo(0, 1000); 0");
    let height = "document.querySelector('p').getBoundingClientRect().height";
    show.change(&[("s.css", "p { margin: 0; height: 41px }")]);
    browser.wait_until(&format!("{height} === 41"));
    show.change(&[("s.css", "p { margin: 0; height: 42px }")]);
    browser.wait_until(&format!("{height} === 42 && document.querySelectorAll('head link').length === 2"));
    assert_eq!(browser.eval("mark"), "here");
    // A style sheet that only a style sheet names.
    show.change(&[("deep.css", "p { height: 43px }"), ("s.css", "@import 'deep.css'; p { margin: 0 }")]);
    browser.wait_until(&format!("{height} === 43"));
    show.change(&[("deep.css", "p { height: 44px }")]);
    browser.wait_until(&format!("{height} === 44"));
    assert_eq!(browser.eval("mark"), "here");
    // Another head is another page; the place in it stays.
    let place = browser.eval("scrollY");
    assert!(place.as_f64().unwrap() > 500.0);
    let other = page("other", &paragraphs(0..100)).replace("<link rel=\"stylesheet\" href=\"/t.css\">\n", "");
    show.change(&[("index.html", &other)]);
    browser
        .wait_until("document.title === 'other' && typeof mark === 'undefined' && document.readyState === 'complete'");
    assert_eq!(browser.eval("scrollY"), place);
    // A page that is gone is still shown, until it comes back.
    browser.eval("window.mark = 'again'; 0");
    follows(&show, &mut browser);
    show.change(&[("index.html", "")]);
    let notes = "Array.from(document.querySelector('theoria-live').shadowRoot.querySelectorAll('.tl-note'), (n) => n.textContent)";
    browser.wait_until(&format!("{notes}.join().includes('no longer part')"));
    show.change(&[("index.html", &other.replace("other", "back"))]);
    browser.wait_until(&format!("document.title === 'back' && {notes}.length === 0"));
    assert_eq!(browser.eval("mark"), "again");
}

#[test]
fn mistakes_are_shown_until_they_are_mended() {
    let Some((show, mut browser)) = open("text") else { return };
    show.live.mistakes(vec![wrong("no <b>page</b> 'nowhere.md'"), wrong("another")]);
    browser.wait_until(&panel("!== null && said() === '2 mistakes'"));
    assert_eq!(browser.eval(&panel(".querySelector('li .tl-text').textContent")), "error: no <b>page</b> 'nowhere.md'");
    assert_eq!(
        browser.eval(&panel(".querySelector('a').href")),
        "vscode://file/home/%C3%A4%20b/guide/content/a%20b.md:3:7"
    );
    assert_eq!(browser.eval(&panel(".querySelector('a').textContent")), "content/a b.md:3:7");
    assert!(browser.eval(&panel(".querySelector('pre').textContent")).as_str().unwrap().contains("nowhere.md"));
    assert_eq!(browser.eval(&panel(".querySelector('[role=alert]').textContent")), "2 mistakes");
    // By keys: closed, and still closed with the next mistakes, and opened again.
    browser.eval(&panel(".querySelector('a').focus()"));
    browser.press("Escape", "");
    let closed = panel(".querySelector('.tl-list').hidden");
    browser.wait_until(&closed);
    show.live.mistakes(vec![wrong("a third")]);
    browser.wait_until(&panel("!== null && said() === '1 mistake'"));
    assert_eq!(browser.eval(&closed), true);
    browser.press("Enter", "\r");
    browser.wait_until(&panel(".querySelector('.tl-head').getAttribute('aria-expanded') === 'true'"));
    show.live.mistakes(vec![]);
    browser.wait_until(&panel("=== null"));
    // A warning is told, but does not cover the page.
    let mut warning = wrong("wide");
    warning.told.severity = "warning".into();
    show.live.mistakes(vec![warning]);
    browser.wait_until(&panel("!== null && said() === '1 warning'"));
    assert_eq!(browser.eval(&closed), true);
    assert_eq!(browser.eval("mark"), "here");
}

fn cell(label: &str, seconds: f64, expected: Option<f64>) -> Running {
    Running { label: label.into(), page: "index.html".into(), seconds, expected }
}

#[test]
fn figures_that_are_computed_are_marked() {
    let main =
        "<figure id=\"fig-a\"><p>a</p></figure>\n<figure id=\"fig-b\" class=\"k\"><p>b</p></figure>\n<p id=\"c\">c</p>";
    let Some((mut show, mut browser)) = open(main) else { return };
    show.live.running(vec![cell("fig-a", 5.0, Some(20.0)), cell("fig-b", 0.0, None), cell("nowhere", 0.0, None)]);
    let marked = "Array.from(document.querySelectorAll('.theoria-running[aria-busy=true]'), (f) => f.id).join()";
    browser.wait_until(&format!("{marked} === 'fig-a,fig-b'"));
    let from = browser
        .eval("parseFloat(document.querySelector('#fig-a').style.getPropertyValue('--theoria-from'))")
        .as_f64()
        .unwrap();
    assert!((25.0..60.0).contains(&from), "{from}");
    // A change of the page leaves the marks where they are.
    let changed = main.replace("\"k\"", "\"k other\"").replace(">c<", ">d<");
    show.change(&[("index.html", &page("two", &changed))]);
    browser.wait_until("document.title === 'two'");
    assert_eq!(browser.eval("document.querySelector('#fig-b').className"), "k other theoria-running theoria-unknown");
    show.live.running(vec![cell("fig-b", 1.0, None)]);
    browser.wait_until(&format!("{marked} === 'fig-b'"));
    show.live.running(vec![]);
    browser.wait_until(&format!("{marked} === ''"));
    assert_eq!(browser.eval("document.querySelector('main').innerHTML.trim()"), changed);
    assert_eq!(browser.eval("mark"), "here");
}

#[test]
fn a_page_waits_for_the_site_and_for_the_program() {
    let mut show = Show::new();
    let Some(mut browser) = Browser::open(&format!("http://{}/a/", show.address)) else { return };
    assert_eq!(browser.eval("document.title"), "The guide is being built");
    show.live.running(vec![cell("fig-a", 0.0, None)]);
    browser.wait_until("document.querySelector('#theoria-cells').textContent === 'fig-a'");
    show.change(&[("a/index.html", &page("here", "text")), ("s.css", STYLE), ("t.css", "")]);
    browser.wait_until("document.title === 'here'");
    follows(&show, &mut browser);
    let port = show.port();
    drop(show);
    let notes = "document.querySelector('theoria-live').shadowRoot.querySelectorAll('.tl-note').length";
    browser.wait_until(&format!("{notes} === 1"));
    let mut show = Show::at(port);
    show.change(&[("a/index.html", &page("again", "text")), ("s.css", STYLE)]);
    browser.wait_until(&format!("document.title === 'again' && {notes} === 0"));
}

#[test]
fn the_scripts_of_the_theme_go_on_working() {
    let files =
        "== theoria.yaml ==\ntitle: Live\n== content/index.md ==\n---\ntitle: Home\n---\nA first text with $x^2$.\n";
    let edited = files.replace("first", "second");
    let mut show = Show::new();
    show.build(files);
    let Some(mut browser) = Browser::open(&format!("http://{}/", show.address)) else { return };
    follows(&show, &mut browser);
    browser.eval("window.mark = 'here'; document.querySelector('.theme-switch').click(); 0");
    let look = "[document.documentElement.dataset.theme, document.querySelector('.theme-switch').hidden]";
    assert_eq!(browser.eval(look), json!(["dark", false]));
    show.build(&edited);
    browser.wait_until("document.querySelector('main').textContent.includes('second text')");
    assert_eq!(browser.eval(look), json!(["dark", false]));
    browser.eval("document.querySelector('.theme-switch').click(); 0");
    assert_eq!(browser.eval(look), json!([null, false]));
    assert_eq!(browser.eval("mark"), "here");
}

/// Pictures of the panel and the marks, to be looked at: `THEORIA_PICTURES=folder cargo test pictures`.
#[test]
fn pictures_of_the_panel_and_the_marks() {
    let Some(folder) = std::env::var_os("THEORIA_PICTURES") else { return };
    let folder = Path::new(&folder);
    let mut show = Show::new();
    show.folder(Path::new(env!("CARGO_MANIFEST_DIR")));
    let page = "physics/why-wide-networks-are-simple/";
    let Some(mut browser) = Browser::open(&format!("http://{}/{page}", show.address)) else { return };
    follows(&show, &mut browser);
    let label = browser.eval("document.querySelector('figure.cell[id]').id").as_str().unwrap().to_owned();
    for (width, height) in [(1100, 800), (390, 760)] {
        for dark in [false, true] {
            browser.size(width, height);
            browser.dark(dark);
            let name = |what: &str| folder.join(format!("{what}-{width}-{}.png", if dark { "dark" } else { "light" }));
            let running = |seconds| Running { page: format!("{page}index.html"), ..cell(&label, seconds, Some(30.0)) };
            show.live.running(vec![running(12.0)]);
            browser.wait_until("document.querySelector('.theoria-running')");
            browser.eval("document.querySelector('figure.cell').scrollIntoView({block: 'center'}); new Promise((f) => setTimeout(f, 400))");
            browser.screenshot(&name("running"));
            let mut warning =
                wrong("the figure 'fig-wide' has a text for those who cannot see it that repeats its caption");
            warning.told.severity = "warning".into();
            show.live.mistakes(vec![wrong("there is no page 'content/nowhere.md'"), warning]);
            browser.wait_until(&panel("!== null"));
            browser.eval("new Promise((f) => setTimeout(f, 200))");
            browser.screenshot(&name("panel"));
            show.live.mistakes(vec![]);
            show.live.running(vec![]);
            browser.wait_until(&panel("=== null"));
        }
    }
}
