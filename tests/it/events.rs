//! The server of a site that changes while it is looked at: its pages, and the events that tell of changes.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use theoria::guide::site::Site;
use theoria::guide::verdict::Told;
use theoria::shell::serve::editor::Editor;
use theoria::shell::serve::live::{Live, Running, Wrong};
use theoria::shell::serve::serve_live;
use theoria::shell::{build, disk};

use crate::serve::{Answer, Talk, get, get_with};
use crate::support;

/// A live site and its server, which ends with it.
pub struct Show {
    pub live: Arc<Live>,
    /// Host and port.
    pub address: String,
    site: Site,
    server: Option<JoinHandle<()>>,
}

impl Show {
    pub fn new() -> Show {
        Show::at(0)
    }

    /// On a port of one's choice.
    pub fn at(port: u16) -> Show {
        let (send, receive) = channel();
        let live = Live::new();
        let shown = live.clone();
        let server = std::thread::spawn(move || {
            let editor = Editor::new("vscode", Path::new("/home/ä b/guide")).unwrap();
            let host = IpAddr::V4(Ipv4Addr::LOCALHOST);
            serve_live(shown, host, port, editor, |address| send.send(address.to_owned()).unwrap()).unwrap();
        });
        let address: String = receive.recv().unwrap();
        let address = address.strip_prefix("http://").unwrap().trim_end_matches('/').to_owned();
        Show { live, address, site: Site::default(), server: Some(server) }
    }

    /// Changes files of the site; one without text is removed.
    pub fn change(&mut self, files: &[(&str, &str)]) {
        for (path, text) in files {
            match text.is_empty() {
                true => drop(self.site.files.remove(*path)),
                false => self.site.insert(*path, text.as_bytes()),
            }
        }
        let changed = files.iter().map(|(path, _)| (*path).to_owned()).collect();
        self.live.show(Arc::new(self.site.clone()), changed);
    }

    /// Shows the site of these sources, and tells which of its files are others.
    pub fn build(&mut self, sources: &str) {
        self.replace(support::site(sources));
    }

    /// As [`Show::build`], of a folder that has been built.
    pub fn folder(&mut self, root: &Path) {
        let tree = disk::read(root).unwrap();
        self.replace(build::site_of(&tree).0);
    }

    fn replace(&mut self, site: Site) {
        let paths: BTreeSet<&String> = site.files.keys().chain(self.site.files.keys()).collect();
        let other = |path: &&&String| site.files.get(**path) != self.site.files.get(**path);
        let changed = paths.iter().filter(other).map(|path| (*path).clone()).collect();
        self.site = site;
        self.live.show(Arc::new(self.site.clone()), changed);
    }

    pub fn port(&self) -> u16 {
        self.address.rsplit_once(':').unwrap().1.parse().unwrap()
    }

    fn listen(&self, query: &str) -> Listener {
        let mut talk = Talk::to(&self.address);
        talk.say(format!("GET /_theoria/events{query} HTTP/1.1\r\nHost: {}\r\n\r\n", self.address).as_bytes());
        let answer = talk.answer(true).unwrap();
        assert_eq!((answer.status.as_str(), answer.header("Content-Type")), ("200 OK", Some("text/event-stream")));
        Listener(talk)
    }
}

impl Drop for Show {
    fn drop(&mut self) {
        self.live.end();
        if let Some(server) = self.server.take() {
            server.join().expect("the server ends well");
        }
    }
}

struct Listener(Talk);

impl Listener {
    /// The next event.
    fn event(&mut self) -> (String, Value) {
        let mut name = String::new();
        loop {
            let line = self.0.line().expect("an event");
            if let Some(event) = line.strip_prefix("event: ") {
                name = event.to_owned();
            } else if let Some(data) = line.strip_prefix("data: ") {
                return (name, serde_json::from_str(data).unwrap());
            }
        }
    }

    fn named(&mut self, name: &str) -> Value {
        let (found, data) = self.event();
        assert_eq!(found, name, "{data}");
        data
    }

    /// The state of a site without mistakes and without running cells, as a new subscriber is told it.
    fn greeted(&mut self) -> Value {
        let site = self.named("site");
        assert_eq!((self.named("mistakes"), self.named("running")), (json!([]), json!([])));
        site
    }
}

pub fn wrong(text: &str) -> Wrong {
    let told = Told {
        code: "dead-link".into(),
        severity: "error".into(),
        file: "content/a b.md".into(),
        line: 3,
        column: 7,
        text: text.into(),
        notes: vec!["a note".into()],
        help: Some("write [text](other.md) for a page that exists".into()),
    };
    Wrong { told, excerpt: "2 | before\n3 | see [it](nowhere.md)\n  |     ^^^^ here\n".into() }
}

fn version_of(page: &Answer) -> String {
    support::between(page.text(), "data-version=\"", "\"").to_owned()
}

#[test]
fn pages_are_those_of_the_site_with_the_client_at_their_end() {
    let mut show = Show::new();
    let waiting = get(&show.address, "/a/");
    assert_eq!(waiting.status, "503 Service Unavailable");
    assert!(waiting.text().contains("data-waiting") && waiting.text().contains("being built"), "{}", waiting.text());
    let page = "<html><body>one </BODY> two </body></html>";
    show.change(&[("index.html", page), ("a/index.html", "bare"), ("s.css", "c"), ("404.html", "lost")]);
    let home = get(&show.address, "/");
    let (before, after) = home.text().split_once("<link rel=\"stylesheet\" href=\"/_theoria/live.css\">").unwrap();
    let (_, after) = after.split_once("</script>\n").unwrap();
    assert_eq!(format!("{before}{after}"), page);
    assert_eq!(after, "</body></html>");
    assert!(get(&show.address, "/a/").text().starts_with("bare<link"));
    assert_eq!(get(&show.address, "/a").header("Location"), Some("/a/"));
    let lost = get(&show.address, "/gone");
    assert_eq!(lost.status, "404 Not Found");
    assert!(lost.text().starts_with("lost<link"), "{}", lost.text());
    for (target, kind) in
        [("/s.css", "text/css"), ("/_theoria/live.js", "text/javascript"), ("/_theoria/live.css", "text/css")]
    {
        let answer = get(&show.address, target);
        assert_eq!(
            (answer.status.as_str(), answer.header("Content-Type").unwrap().split(';').next()),
            ("200 OK", Some(kind))
        );
    }
    assert_eq!(get(&show.address, "/s.css").text(), "c");
    assert_eq!(get(&show.address, "/_theoria/other").status, "404 Not Found");
    assert_eq!(get(&show.address, "/../s.css").status, "404 Not Found");
}

#[test]
fn a_file_has_the_same_tag_until_it_changes() {
    let mut show = Show::new();
    show.change(&[("index.html", "one"), ("s.css", "c")]);
    let tag = |target: &str| get(&show.address, target).header("ETag").unwrap().to_owned();
    let [page, style] = ["/", "/s.css"].map(tag);
    assert_eq!(get_with(&show.address, "/", &format!("If-None-Match: {page}\r\n")).status, "304 Not Modified");
    assert_eq!(get_with(&show.address, "/s.css", "Range: bytes=0-0\r\n").status, "206 Partial Content");
    show.change(&[("other.css", "d")]);
    assert_eq!(get_with(&show.address, "/s.css", &format!("If-None-Match: {style}\r\n")).status, "304 Not Modified");
    // A page says which state it belongs to, which is another one now.
    let again = get_with(&show.address, "/", &format!("If-None-Match: {page}\r\n"));
    assert_eq!((again.status.as_str(), version_of(&again).ends_with(".2")), ("200 OK", true));
    show.change(&[("s.css", "e")]);
    assert_eq!(get_with(&show.address, "/s.css", &format!("If-None-Match: {style}\r\n")).text(), "e");
}

#[test]
fn subscribers_are_told_all_that_happens() {
    let mut show = Show::new();
    let mut early = show.listen("");
    assert_eq!((early.named("mistakes"), early.named("running")), (json!([]), json!([])));
    show.change(&[("index.html", "one"), ("b.html", "b")]);
    assert_eq!(early.named("site")["changed"], Value::Null, "nothing is known of what its page shows");
    let page = get(&show.address, "/");
    let mut listener = show.listen(&format!("?since={}", version_of(&page)));
    assert_eq!(listener.greeted(), json!({ "version": version_of(&page), "changed": [] }));
    show.change(&[("index.html", "two")]);
    assert_eq!(listener.named("site")["changed"], json!(["index.html"]));
    assert_eq!(early.named("site")["changed"], json!(["index.html"]));
    show.live.mistakes(vec![wrong("no page\n\"x\"")]);
    let told = &listener.named("mistakes")[0];
    assert_eq!(told["text"], "no page\n\"x\"");
    assert_eq!(told["place"], "content/a b.md:3:7");
    assert_eq!(told["link"], "vscode://file/home/%C3%A4%20b/guide/content/a%20b.md:3:7");
    show.live.mistakes(vec![]);
    assert_eq!(listener.named("mistakes"), json!([]));
    let cell = Running { label: "fig-a".into(), page: "index.html".into(), seconds: 1.0, expected: Some(4.0) };
    show.live.running(vec![cell]);
    let running = &listener.named("running")[0];
    assert_eq!((&running["label"], &running["expected"]), (&json!("fig-a"), &json!(4.0)));
    // Time has passed for one who comes later.
    std::thread::sleep(Duration::from_millis(100));
    let mut late = show.listen(&format!("?since={}", version_of(&page)));
    assert_eq!(late.named("site")["changed"], json!(["index.html"]), "missed since the page was loaded");
    assert_eq!(late.named("mistakes"), json!([]));
    assert!(late.named("running")[0]["seconds"].as_f64().unwrap() >= 1.1);
    show.live.end();
    for listener in [&mut early, &mut listener, &mut late] {
        while listener.event().0 != "end" {}
        assert!(listener.0.line().is_some_and(|line| line.is_empty()) && listener.0.has_ended());
    }
}

#[test]
fn what_was_missed_too_long_ago_may_be_anything() {
    let mut show = Show::new();
    show.change(&[("index.html", "one")]);
    let first = version_of(&get(&show.address, "/"));
    for round in 0..100 {
        show.change(&[(["a.css", "b.css"][round % 2], &format!("{round}"))]);
    }
    let all = json!(["a.css", "b.css"]);
    assert_eq!(show.listen(&format!("?since={first}")).greeted()["changed"], all);
    for round in 0..100 {
        show.change(&[("a.css", &format!("{round}"))]);
    }
    assert_eq!(show.listen(&format!("?since={first}")).greeted()["changed"], Value::Null);
    for strange in ["?since=", "?since=1", "?since=0.1", "?since=%00", "?x", &format!("?since={first}9999")] {
        assert_eq!(show.listen(strange).greeted()["changed"], Value::Null, "{strange}");
    }
}

#[test]
fn news_travel_at_once() {
    let mut show = Show::new();
    show.change(&[("index.html", "one")]);
    let mut listener = show.listen("");
    listener.greeted();
    let mut times: Vec<Duration> = (0..100)
        .map(|round| {
            let start = Instant::now();
            show.change(&[("index.html", &format!("{round}"))]);
            listener.named("site");
            start.elapsed()
        })
        .collect();
    times.sort();
    println!("from the change to the event: {:?} in the middle, {:?} at most", times[50], times[99]);
    assert!(times[50] < Duration::from_millis(10), "{times:?}");
}

#[test]
fn only_the_pages_of_this_server_may_listen() {
    let mut show = Show::new();
    show.change(&[("index.html", "one")]);
    let ask = |headers: &str| get_with(&show.address, "/_theoria/events", headers).status;
    assert_eq!(ask("Origin: http://evil.example\r\n"), "403 Forbidden");
    assert_eq!(ask("Origin: null\r\n"), "403 Forbidden");
    assert_eq!(ask("Origin: http://localhost:1\r\n"), "403 Forbidden");
    assert_eq!(ask("Sec-Fetch-Site: cross-site\r\n"), "403 Forbidden");
    assert_eq!(ask(&format!("Origin: http://{}\r\nSec-Fetch-Site: same-origin\r\n", show.address)), "200 OK");
    let mut talk = Talk::to(&show.address);
    let foreign = talk.ask("GET /_theoria/events HTTP/1.1\r\nHost: evil.example\r\n\r\n");
    assert_eq!(foreign.status, "421 Misdirected Request");
    assert!(foreign.text().contains("--host"), "{}", foreign.text());
    let head = talk.ask(&format!("HEAD /_theoria/events HTTP/1.1\r\nHost: {}\r\n\r\n", show.address));
    assert_eq!(head.status, "200 OK");
}

/// Each page that is loaded again leaves a connection behind, which must not hold its place.
#[test]
fn listeners_that_left_are_noticed() {
    let mut show = Show::new();
    show.change(&[("index.html", "one")]);
    for _ in 0..400 {
        show.listen("").greeted();
    }
    let mut here: Vec<Listener> = (0..100).map(|_| show.listen("")).collect();
    for listener in &mut here {
        listener.greeted();
    }
    let more: Vec<Answer> =
        (0..60).map(|_| get(&show.address, "/_theoria/events")).filter(|a| a.status != "200 OK").collect();
    assert!(more.iter().all(|answer| answer.status == "503 Service Unavailable"), "{more:?}");
    assert_eq!(get(&show.address, "/").status, "200 OK");
    show.change(&[("index.html", "two")]);
    assert_eq!(here[99].named("site")["changed"], json!(["index.html"]));
}

#[test]
fn editors_are_named_or_given_as_an_address() {
    let root = Path::new("/r");
    let link = |asked: &str| Editor::new(asked, root).map(|editor| editor.link("a#b.md", 2, 5));
    assert_eq!(link("none"), Ok(None));
    assert_eq!(link("idea"), Ok(Some("idea://open?file=/r/a%23b.md&line=2&column=5".into())));
    assert_eq!(link("x-y://{path}?{line}"), Ok(Some("x-y:///r/a%23b.md?2".into())));
    let windows = Editor::new("vscode", Path::new(r"\\?\C:\r")).unwrap();
    assert_eq!(windows.link("a.md", 1, 1), Some("vscode://file/C:/r/a.md:1:1".into()));
    for bad in
        ["", "vi", "vscode://file/", "javascript://%0aalert(1)//{path}", "data://{path}", "//{path}", "a b://{path}"]
    {
        assert!(link(bad).is_err_and(|told| told.contains("is no editor")), "{bad}");
    }
}
