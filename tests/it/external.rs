//! Outside links, asked of a small server on this machine: what its answers mean, how often it is asked, and what is kept.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use theoria::guide::outside;
use theoria::shell::build::site_of;
use theoria::shell::external::{Outcome, Patience, Request, check};
use theoria::shell::open;

use crate::support::{Folder, lines, tree};

/// What the server was asked, in order: method, path, when, and how many others were being answered.
#[derive(Default)]
struct Log(Mutex<Vec<(String, Instant)>>);

struct Server {
    address: String,
    log: Arc<Log>,
}

impl Server {
    fn start() -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let log = Arc::new(Log::default());
        let shared = Arc::clone(&log);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let log = Arc::clone(&shared);
                std::thread::spawn(move || answer(stream, &log));
            }
        });
        Server { address, log }
    }

    fn count(&self, asked: &str) -> usize {
        self.log.0.lock().unwrap().iter().filter(|(line, _)| line == asked).count()
    }
}

fn answer(stream: TcpStream, log: &Log) {
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let asked = line.split(' ').take(2).collect::<Vec<_>>().join(" ");
        let mut header = String::from("host");
        while !header.trim().is_empty() {
            header.clear();
            if reader.read_line(&mut header).unwrap_or(0) == 0 {
                return;
            }
        }
        let before = {
            let mut log = log.0.lock().unwrap();
            log.push((asked.clone(), Instant::now()));
            log.iter().filter(|(line, _)| *line == asked).count()
        };
        let (method, path) = asked.split_once(' ').unwrap();
        let status = match (method, path.split('?').next().unwrap()) {
            (_, "/good" | "/new" | "/brackets_(x)" | "/%C3%A9") => "200 OK",
            (_, "/moved") => "301 Moved Permanently\r\nLocation: /new",
            (_, "/for-now") => "302 Found\r\nLocation: good",
            (_, "/mixed") => "301 Moved Permanently\r\nLocation: for-now",
            (_, "/circle") => "308 Permanent Redirect\r\nLocation: /circle",
            ("HEAD", "/no-head") => "405 Method Not Allowed",
            ("GET", "/no-head") => "200 OK",
            (_, "/forbidden") => "403 Forbidden",
            (_, "/busy") => "429 Too Many Requests\r\nRetry-After: 0",
            (_, "/later") if before < 2 => "429 Too Many Requests\r\nRetry-After: 0",
            ("GET", "/flaky") if before < 2 => "503 Service Unavailable",
            ("HEAD", "/flaky") => "503 Service Unavailable",
            (_, "/flaky" | "/later") => "200 OK",
            (_, "/broken") => "500 Internal Server Error",
            (_, "/hangs-up") => return,
            (_, "/slow") => {
                std::thread::sleep(Duration::from_secs(5));
                return;
            }
            _ => "404 Not Found",
        };
        if write!(reader.get_mut(), "HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").is_err() {
            return;
        }
    }
}

fn ask(folder: &Folder, age: u64) -> (Outcome, Vec<String>) {
    let mut opened = open::open(folder.path()).unwrap();
    let patience = Patience { answer: Duration::from_secs(1), pause: Duration::from_millis(5), again: 2 };
    let request = Request { age: Duration::from_secs(age), patience, cache: folder.path().join("cache/links.json") };
    let outcome = check(&mut opened, &request, &|_, _| ()).unwrap();
    let told = lines(&outcome.mistakes, &opened.tree);
    (outcome, told)
}

/// A page with a link to each of these, one a line from line 4 on.
fn page(server: &Server, paths: &[&str]) -> String {
    let links = paths.iter().map(|path| format!("[x]({}{path})\n", server.address));
    format!("== content/a.md ==\n---\ntitle: A\n---\n{}", links.collect::<String>())
}

#[test]
fn every_outside_link_is_asked_for_and_judged() {
    let server = Server::start();
    let paths = [
        "/good",
        "/gone",
        "/moved",
        "/for-now",
        "/mixed",
        "/circle",
        "/no-head",
        "/forbidden",
        "/busy",
        "/later",
        "/flaky",
        "/broken",
        "/slow",
        "/hangs-up",
        "/brackets_(x)",
        "/é",
        "/good?a=1#b",
    ];
    let folder = Folder::new(&page(&server, &paths));
    let (outcome, told) = ask(&folder, 0);
    let a = &server.address;
    let expected = [
        format!("content/a.md:5:5 dead-outside-link: '{a}/gone' is not there: its host answers 404 (Not Found)"),
        format!("content/a.md:6:5 warning moved-link: '{a}/moved' has moved for good"),
        format!("content/a.md:9:5 dead-outside-link: '{a}/circle' is not there: it is sent on more than 10 times"),
        format!(
            "content/a.md:11:5 warning undecided-link: nobody knows whether '{a}/forbidden' is there: its host answers 403 (Forbidden)"
        ),
        format!(
            "content/a.md:12:5 warning undecided-link: nobody knows whether '{a}/busy' is there: its host answers 429 (Too Many Requests)"
        ),
        format!(
            "content/a.md:15:5 dead-outside-link: '{a}/broken' is not there: its host answers 500 (Internal Server Error)"
        ),
        format!("content/a.md:16:5 dead-outside-link: '{a}/slow' is not there: its host did not answer in time"),
    ];
    assert_eq!(told[..7], expected);
    assert!(
        told[7].starts_with(&format!("content/a.md:17:5 dead-outside-link: '{a}/hangs-up' is not there: ")),
        "{told:?}"
    );
    assert_eq!(told.len(), 8);
    let helps: Vec<_> = outcome.mistakes.iter().filter_map(|mistake| mistake.help.clone()).collect();
    assert_eq!(helps[1], format!("write `{a}/new`"));
    let Outcome { links, hosts, known, good, moved, dead, undecided, .. } = outcome;
    assert_eq!([links, hosts, known, good, moved, dead, undecided], [17, 1, 0, 9, 1, 5, 2]);
    // Nobody is asked more than is needed: heads where heads are answered, and three times at most.
    assert_eq!((server.count("HEAD /good"), server.count("GET /good")), (3, 0));
    assert_eq!((server.count("HEAD /gone"), server.count("GET /gone")), (1, 1));
    assert_eq!((server.count("HEAD /busy"), server.count("GET /broken")), (3, 3));
}

#[test]
fn what_answered_is_not_asked_for_again_for_some_days() {
    let server = Server::start();
    let folder = Folder::new(&page(&server, &["/good", "/gone", "/moved"]));
    let (first, told) = ask(&folder, 1000);
    assert_eq!((first.known, told.len()), (0, 2));
    let (second, again) = ask(&folder, 1000);
    assert_eq!((second.known, again), (2, told));
    // Bad news is asked for again, and so is all that is too old.
    assert_eq!([server.count("HEAD /good"), server.count("HEAD /gone"), server.count("HEAD /moved")], [1, 2, 1]);
    assert_eq!(ask(&folder, 0).0.known, 0);
    assert_eq!(server.count("HEAD /good"), 2);
    // A cache that was damaged is an empty one.
    folder.write("cache/links.json", "{");
    assert_eq!(ask(&folder, 1000).0.known, 0);
}

#[test]
fn one_host_is_asked_one_thing_at_a_time() {
    let server = Server::start();
    let paths: Vec<String> = (0..20).map(|number| format!("/good?{number}")).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let folder = Folder::new(&page(&server, &paths));
    let (outcome, told) = ask(&folder, 0);
    assert_eq!((outcome.good, told.len()), (20, 0));
    let log = server.log.0.lock().unwrap();
    assert_eq!(log.len(), 20);
    assert!(log.windows(2).all(|pair| pair[1].1 - pair[0].1 >= Duration::from_millis(5)), "no pause");
}

#[test]
fn links_can_be_ignored_or_allowed() {
    let server = Server::start();
    let a = &server.address;
    let allowed = format!(
        "== theoria.yaml ==\nlinks: {{ignore: [\"{a}/gone/*\", \"{a}/*.pdf\"]}}\nrepository: {a}/good\n\
         allow:\n  - {{code: dead-outside-link, page: content/a.md, reason: it is down today}}\n"
    );
    let folder = Folder::new(&(allowed.clone() + &page(&server, &["/gone/1", "/x.pdf", "/gone"])));
    let (outcome, told) = ask(&folder, 0);
    assert_eq!((told, outcome.links, outcome.good, outcome.dead), (vec![], 2, 1, 1));
    // The site's own address of this page in the repository is made, not written, and not asked for.
    assert!(server.log.0.lock().unwrap().iter().all(|(line, _)| line.ends_with(" /gone") || line.ends_with(" /good")));
    // An allowance that nothing needs is told here, and only here.
    let folder = Folder::new(&(allowed + &page(&server, &["/good"])));
    let expected = "needless-allowance: nothing on 'content/a.md' needs the allowance of `dead-outside-link` any more";
    let told = ask(&folder, 0).1;
    assert!(told.len() == 1 && told[0].ends_with(expected), "{told:?}");
    assert!(folder.check().mistakes.is_empty());
}

#[test]
fn a_machine_without_a_network_is_no_mistake_of_the_author() {
    // Names under `.invalid` never exist.
    let links: String = (0..4).map(|number| format!("[x](http://host{number}.invalid/)\n")).collect();
    let folder = Folder::new(&format!("== content/a.md ==\n---\ntitle: A\n---\n{links}"));
    let mut opened = open::open(folder.path()).unwrap();
    let patience = Patience { answer: Duration::from_secs(5), pause: Duration::ZERO, again: 0 };
    let request = Request { age: Duration::ZERO, patience, cache: folder.path().join("links.json") };
    let failure = check(&mut opened, &request, &|_, _| ()).unwrap_err().to_string();
    assert_eq!(failure, "links: none of 4 hosts could be reached: is this machine connected?");
}

/// Each address once, at every place where it is written: in text, in variables, in raw HTML, in templates.
#[test]
fn outside_links_are_found_where_they_are_written() {
    let files = "== theoria.yaml ==\nvariables: {PAPER: \"https://a.example/paper.pdf\"}\n\
         == templates/byline.html ==\n<a href=\"https://b.example/by\">by</a>\n\
         == content/a.md ==\n---\ntitle: A\n---\n[x](https://a.example/one), <https://a.example/one#part>, [p]({{PAPER}}).\n\n\
         <b><a href='https://c.example/raw?a=1&amp;b=2'>raw</a></b> [y](https://a.example/wiki_(x))\n\n`https://d.example/code`\n";
    let tree = tree(files);
    let (site, mistakes) = site_of(&tree);
    assert_eq!(lines(&mistakes, &tree), Vec::<String>::new());
    let guide = open::of_tree(tree.clone()).guide;
    let place = |span: &theoria::guide::mistake::Span| {
        let (line, column) = tree.position(span);
        format!("{}:{line}:{column}", span.file)
    };
    let found: BTreeMap<String, Vec<String>> = outside::collect(&site, &tree, &guide.config)
        .into_iter()
        .map(|one| (one.url, one.spans.iter().map(place).collect()))
        .collect();
    let at = |places: &[&str]| places.iter().map(|place| (*place).to_owned()).collect::<Vec<_>>();
    let expected = [
        ("https://a.example/one", at(&["content/a.md:4:5", "content/a.md:4:30"])),
        ("https://a.example/paper.pdf", at(&["theoria.yaml:1:21"])),
        ("https://a.example/wiki_(x)", at(&["content/a.md:6:64"])),
        ("https://b.example/by", at(&["templates/byline.html:1:10"])),
        ("https://c.example/raw?a=1&b=2", at(&["content/a.md:6:13"])),
    ];
    let expected: BTreeMap<String, Vec<String>> = expected.into_iter().map(|(url, at)| (url.to_owned(), at)).collect();
    assert_eq!(found, expected);
}

#[test]
fn patterns_are_beginnings_or_have_stars() {
    for (pattern, url, expected) in [
        ("https://a.example/", "https://a.example/b", true),
        ("https://a.example/*", "https://a.example/b", true),
        ("https://a.example/b", "https://a.example/", false),
        ("*.pdf", "https://a.example/b.pdf", true),
        ("*.pdf", "https://a.example/b.pdf?x", false),
        ("https://*.example/*/c", "https://a.b.example/x/c", true),
        ("https://*.example/*/c", "https://a.b.example/x/cd", false),
        ("*", "https://a.example/", true),
    ] {
        assert_eq!(outside::matches(pattern, url), expected, "{pattern} {url}");
    }
}
