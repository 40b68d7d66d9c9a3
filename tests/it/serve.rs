//! The server: files of one folder, their kinds, and nothing else, whoever asks and however.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::channel;
use std::time::Duration;

use theoria::shell::serve;

use crate::support::{Dice, Folder};

/// Serves a folder for the rest of the test.
fn start(folder: &Folder) -> String {
    let (send, receive) = channel();
    let path = folder.path().join("public");
    std::thread::spawn(move || serve::serve(&path, 0, |address| send.send(address.to_owned()).unwrap()));
    let address: String = receive.recv().unwrap();
    address.strip_prefix("http://").unwrap().trim_end_matches('/').to_owned()
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: String,
    pub headers: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

/// A connection that asks one thing after the other.
pub struct Talk(BufReader<TcpStream>);

impl Talk {
    pub fn to(address: &str) -> Talk {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        Talk(BufReader::new(stream))
    }

    /// Sends as much of this as the other side takes.
    pub fn say(&mut self, bytes: &[u8]) {
        let _ = self.0.get_mut().write_all(bytes);
    }

    /// The next line, without its end; none at the end of the connection.
    pub fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        match self.0.read_line(&mut line) {
            Ok(0) => None,
            Ok(_) => Some(line.trim_end().to_owned()),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => None,
            Err(error) => panic!("{error}"),
        }
    }

    /// The next answer; none if the connection has ended.
    pub fn answer(&mut self, with_body: bool) -> Option<Answer> {
        let status = self.line()?.strip_prefix("HTTP/1.1 ").unwrap().to_owned();
        let mut headers = String::new();
        while let Some(line) = self.line().filter(|line| !line.is_empty()) {
            headers += &format!("{line}\n");
        }
        let mut answer = Answer { status, headers, body: Vec::new() };
        let length = answer.header("Content-Length").map_or(0, |length| length.parse().unwrap());
        answer.body.resize(if with_body { length } else { 0 }, 0);
        self.0.read_exact(&mut answer.body).unwrap();
        Some(answer)
    }

    pub fn ask(&mut self, request: &str) -> Answer {
        self.say(request.as_bytes());
        self.answer(!request.starts_with("HEAD")).expect("an answer")
    }

    pub fn has_ended(&mut self) -> bool {
        self.line().is_none()
    }
}

fn ask(address: &str, request: &str) -> Answer {
    Talk::to(address).ask(request)
}

/// A GET with more headers, each with its line end.
pub fn get_with(address: &str, target: &str, headers: &str) -> Answer {
    ask(address, &format!("GET {target} HTTP/1.1\r\nHost: {address}\r\n{headers}\r\n"))
}

pub fn get(address: &str, target: &str) -> Answer {
    get_with(address, target, "")
}

const FILES: &str = "== secret.txt ==\nsecret\n== public/index.html ==\nhome\n== public/404.html ==\nlost\n== public/a/index.html ==\npage\n\
    == public/ä b.csv ==\n1,2\n== public/s.css ==\nc\n== public/s.js ==\nj\n== public/x.svg ==\n<svg/>\n== public/f.woff2 ==\nw\n== public/d.json ==\n{}\n\
    == public/.theoria ==\nmark\n== public/n.npy ==\nn\n== public/empty/x ==\n\n== public/digits.txt ==\n0123456789\n";

#[test]
fn files_are_served_with_their_kinds() {
    let folder = Folder::new(FILES);
    let address = start(&folder);
    assert!(address.starts_with("127.0.0.1:"), "{address}");
    for (target, kind, body) in [
        ("/", "text/html; charset=utf-8", "home\n"),
        ("/index.html", "text/html; charset=utf-8", "home\n"),
        ("/a/", "text/html; charset=utf-8", "page\n"),
        ("/a/?query=1#place", "text/html; charset=utf-8", "page\n"),
        ("/%C3%A4%20b.csv", "text/csv; charset=utf-8", "1,2\n"),
        ("/s.css", "text/css; charset=utf-8", "c\n"),
        ("/s.js", "text/javascript; charset=utf-8", "j\n"),
        ("/x.svg", "image/svg+xml", "<svg/>\n"),
        ("/f.woff2", "font/woff2", "w\n"),
        ("/d.json", "application/json", "{}\n"),
        ("/n.npy", "application/octet-stream", "n\n"),
        ("/empty/x", "application/octet-stream", "\n"),
    ] {
        let answer = get(&address, target);
        assert_eq!((answer.status.as_str(), answer.text()), ("200 OK", body), "{target}");
        assert_eq!(answer.header("Content-Type"), Some(kind), "{target}");
        assert_eq!(answer.header("X-Content-Type-Options"), Some("nosniff"));
    }
    for (name, kind) in [
        ("mjs", "text/javascript; charset=utf-8"),
        ("wasm", "application/wasm"),
        ("mp4", "video/mp4"),
        ("WEBM", "video/webm"),
        ("avif", "image/avif"),
        ("ico", "image/x-icon"),
        ("map", "application/json"),
        ("ttf", "font/ttf"),
        ("woff", "font/woff"),
        ("zip", "application/zip"),
        ("tar.gz", "application/gzip"),
    ] {
        folder.write(&format!("public/kinds/x.{name}"), "");
        assert_eq!(get(&address, &format!("/kinds/x.{name}")).header("Content-Type"), Some(kind), "{name}");
    }
}

#[test]
fn a_folder_is_asked_for_with_a_slash() {
    let folder = Folder::new(FILES);
    folder.write("public/ü/index.html", "umlaut");
    let address = start(&folder);
    for (target, to) in [("/a", "/a/"), ("/a?x=1", "/a/?x=1"), ("/ü", "/%C3%BC/"), ("/%C3%BC", "/%C3%BC/")] {
        let answer = get(&address, target);
        assert_eq!(
            (answer.status.as_str(), answer.header("Location")),
            ("301 Moved Permanently", Some(to)),
            "{target}"
        );
    }
    assert_eq!(get(&address, "/empty/").status, "404 Not Found");
    // An address that begins with two slashes would lead to another machine.
    assert_eq!(get(&address, "//a").status, "404 Not Found");
}

#[test]
fn nothing_outside_the_folder_is_served() {
    let folder = Folder::new(FILES);
    let address = start(&folder);
    for target in [
        "/../secret.txt",
        "/a/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/%2E%2E%2Fsecret.txt",
        "/..%2fsecret.txt",
        "/a/..%5c..%5csecret.txt",
        "/%252e%252e/secret.txt",
        "//secret.txt",
        "/./../secret.txt",
        "/.theoria",
        "/%00",
        "/nowhere",
        "/a/index.html/",
        "/a//index.html",
        "/%C3",
        "/%",
        "/%zz",
        &format!("/{}", folder.path().join("secret.txt").display()),
    ] {
        let answer = get(&address, target);
        assert_eq!((answer.status.as_str(), answer.text()), ("404 Not Found", "lost\n"), "{target}");
        assert_eq!(answer.header("Content-Type"), Some("text/html; charset=utf-8"));
    }
    std::fs::remove_file(folder.path().join("public/404.html")).unwrap();
    assert_eq!(get(&address, "/gone").text(), "Not found\n");
}

#[test]
fn a_connection_serves_one_request_after_the_other() {
    let folder = Folder::new(FILES);
    let address = start(&folder);
    let mut talk = Talk::to(&address);
    let of = |target: &str| format!("GET {target} HTTP/1.1\r\nHost: {address}\r\n\r\n");
    assert_eq!(talk.ask(&of("/")).text(), "home\n");
    assert_eq!(talk.ask(&of("/nowhere")).text(), "lost\n");
    let head = talk.ask(&of("/a/").replace("GET", "HEAD"));
    assert_eq!((head.status.as_str(), head.header("Content-Length")), ("200 OK", Some("5")));
    // Two at once, a line too many, and bare line ends.
    talk.say(format!("{}\r\n{}", of("/a/"), of("/s.css").replace('\r', "")).as_bytes());
    assert_eq!(talk.answer(true).unwrap().text(), "page\n");
    assert_eq!(talk.answer(true).unwrap().text(), "c\n");
    let last = talk.ask(&of("/").replace("\r\n\r\n", "\r\nConnection: Close\r\n\r\n"));
    assert_eq!((last.text(), last.header("Connection")), ("home\n", Some("close")));
    assert!(talk.has_ended());
    let mut old = Talk::to(&address);
    assert_eq!(old.ask("GET / HTTP/1.0\r\n\r\n").text(), "home\n");
    assert!(old.has_ended());
}

#[test]
fn parts_of_a_file_can_be_asked_for() {
    let folder = Folder::new(FILES);
    let large: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
    folder.write("public/large.mp4", &large);
    let address = start(&folder);
    let digits = b"0123456789\n";
    for (range, expected) in [
        ("bytes=0-0", Some(0..1)),
        ("bytes=2-4", Some(2..5)),
        ("bytes=9-", Some(9..11)),
        ("bytes=5-99999999999999999999999", Some(5..11)),
        ("bytes=-3", Some(8..11)),
        ("bytes=-300", Some(0..11)),
        ("bytes=4-2", None),
        ("bytes=a-b", None),
        ("bytes=-", None),
        ("bytes=+1-2", None),
        ("bytes=1-2,4-5", None),
        ("lines=1-2", None),
    ] {
        let answer = get_with(&address, "/digits.txt", &format!("Range: {range}\r\n"));
        let (status, bytes) = match &expected {
            Some(range) => ("206 Partial Content", &digits[range.clone()]),
            None => ("200 OK", &digits[..]),
        };
        assert_eq!((answer.status.as_str(), &*answer.body), (status, bytes), "{range}");
        let told = expected.map(|range| format!("bytes {}-{}/11", range.start, range.end - 1));
        assert_eq!(answer.header("Content-Range"), told.as_deref(), "{range}");
    }
    for range in ["bytes=11-", "bytes=99-100", "bytes=-0", "bytes=99999999999999999999999-"] {
        let answer = get_with(&address, "/digits.txt", &format!("Range: {range}\r\n"));
        assert_eq!(answer.status, "416 Range Not Satisfiable", "{range}");
        assert_eq!((answer.header("Content-Range"), answer.body.len()), (Some("bytes */11"), 0));
    }
    assert_eq!(get(&address, "/large.mp4").body, large);
    let answer = get_with(&address, "/large.mp4", "Range: bytes=2000000-2000999\r\n");
    assert_eq!(answer.body, &large[2_000_000..2_001_000]);
    let tag = answer.header("ETag").unwrap();
    let conditional = |tag: &str| format!("Range: bytes=-1\r\nIf-Range: {tag}\r\n");
    assert_eq!(get_with(&address, "/large.mp4", &conditional(tag)).body.len(), 1);
    assert_eq!(get_with(&address, "/large.mp4", &conditional("\"other\"")).body.len(), large.len());
}

#[test]
fn what_the_browser_has_is_not_sent_again() {
    let folder = Folder::new(FILES);
    let address = start(&folder);
    let first = get(&address, "/a/");
    assert_eq!(first.header("Cache-Control"), Some("no-cache"));
    let tag = first.header("ETag").unwrap();
    for known in [tag.to_owned(), format!("\"x\", {tag}"), format!("W/{tag}"), "*".into()] {
        let again = get_with(&address, "/a/", &format!("If-None-Match: {known}\r\n"));
        assert_eq!((again.status.as_str(), again.body.len()), ("304 Not Modified", 0), "{known}");
        assert_eq!(again.header("ETag"), Some(tag));
    }
    folder.write("public/a/index.html", "new!\n");
    let new = get_with(&address, "/a/", &format!("If-None-Match: {tag}\r\n"));
    assert_eq!((new.status.as_str(), new.text()), ("200 OK", "new!\n"));
    // What is not there has no state.
    assert_eq!(get_with(&address, "/nowhere", "If-None-Match: *\r\n").status, "404 Not Found");
}

#[test]
fn only_requests_are_answered() {
    let folder = Folder::new(FILES);
    let address = start(&folder);
    let host = format!("Host: {address}\r\n");
    for (request, status) in [
        (format!("POST / HTTP/1.1\r\n{host}Content-Length: 3\r\n\r\nabc"), "405 Method Not Allowed"),
        (format!("OPTIONS * HTTP/1.1\r\n{host}\r\n"), "405 Method Not Allowed"),
        (format!("GET / HTTP/1.1\r\n{host}Content-Length: 3\r\n\r\nabc"), "400 Bad Request"),
        (format!("GET / HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n"), "400 Bad Request"),
        ("GET / HTTP/1.1\r\n\r\n".into(), "400 Bad Request"),
        (format!("GET / HTTP/1.1\r\n{host}{host}\r\n"), "400 Bad Request"),
        (format!("GET /\r\n{host}\r\n"), "400 Bad Request"),
        (format!("GET  HTTP/1.1\r\n{host}\r\n"), "400 Bad Request"),
        (format!("GET http://{address}/ HTTP/1.1\r\n{host}\r\n"), "400 Bad Request"),
        (format!("GET / a HTTP/1.1\r\n{host}\r\n"), "400 Bad Request"),
        (format!("GET / SMTP/1.1\r\n{host}\r\n"), "400 Bad Request"),
        (format!("GET / HTTP/1.1\r\n{host}no colon\r\n\r\n"), "400 Bad Request"),
        (format!("GET / HTTP/1.1\r\n{host}X : y\r\n\r\n"), "400 Bad Request"),
        (format!("GET / HTTP/1.1\r\n{host} folded: y\r\n\r\n"), "400 Bad Request"),
        (format!("GET /a\rX: y HTTP/1.1\r\n{host}\r\n"), "400 Bad Request"),
        (format!("GET /\0 HTTP/1.1\r\n{host}\r\n"), "400 Bad Request"),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".into(), "505 HTTP Version Not Supported"),
        (format!("GET /{} HTTP/1.1\r\n{host}\r\n", "a".repeat(5000)), "404 Not Found"),
        (format!("GET /{} HTTP/1.1\r\n{host}\r\n", "a".repeat(50_000)), "431 Request Header Fields Too Large"),
        (format!("GET / HTTP/1.1\r\n{host}{}\r\n", "X: y\r\n".repeat(5000)), "431 Request Header Fields Too Large"),
    ] {
        let mut talk = Talk::to(&address);
        let answer = talk.ask(&request);
        assert_eq!(answer.status, status, "{}", &request[..request.len().min(80)]);
        if !status.starts_with("404") {
            assert!(talk.has_ended(), "{request}");
        }
    }
    assert_eq!(ask(&address, "POST / HTTP/1.1\r\n\r\n").header("Allow"), Some("GET, HEAD"));
}

#[test]
fn only_its_own_names_are_answered() {
    let folder = Folder::new(FILES);
    let address = start(&folder);
    let port = address.rsplit_once(':').unwrap().1;
    let of = |host: &str| ask(&address, &format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")).status;
    for good in ["localhost", "LOCALHOST.", "127.0.0.1", "127.9.9.9", "[::1]", "[::ffff:127.0.0.1]"] {
        assert_eq!(of(good), "200 OK", "{good}");
        assert_eq!(of(&format!("{good}:{port}")), "200 OK", "{good}");
        assert_eq!(of(&format!("{good}:1")), "421 Misdirected Request", "{good}");
    }
    for bad in [
        "evil.example",
        "localhost.evil.example",
        "192.168.0.1",
        "127.0.0.1.evil.example",
        "",
        ":",
        "[",
        "[::2]",
        "a@localhost",
    ] {
        assert_eq!(of(bad), "421 Misdirected Request", "{bad}");
        assert_eq!(of(&format!("{bad}:{port}")), "421 Misdirected Request", "{bad}");
    }
}

const WORDS: &str = "GET |HEAD |POST |/|//|..|/../secret.txt|%2e%2e%2f|%|%c3|\\|\0|␀|a|a/|.theoria|?|#| | HTTP/1.1| HTTP/1.0|\r\n|\n|\r|\r\n\r\n\
    |Host: localhost\r\n|Host: evil\r\n|Range: bytes=|-|1|99999999999999999999|If-None-Match: *\r\n|If-Range: W/\"\"\r\n|Content-Length: 7\r\n\
    |Connection: close\r\n|:|\t|ä|%0d%0aX: y|Transfer-Encoding: chunked\r\n";

/// Requests as an enemy would put them together: each gets an answer or an end, soon, and never the secret.
#[test]
fn no_request_harms_the_server() {
    let folder = Folder::new(FILES);
    let address = start(&folder);
    let words: Vec<&str> = WORDS.split('|').collect();
    let mut dice = Dice::new(7);
    for _ in 0..600 {
        let mut request = Vec::new();
        if dice.below(2) == 0 {
            request.extend_from_slice(b"GET /");
        }
        for _ in 0..dice.below(14) {
            match *dice.pick(&words) {
                "␀" => request.push(0xff),
                word => request.extend_from_slice(word.as_bytes()),
            }
        }
        if dice.below(2) == 0 {
            request.extend_from_slice(b" HTTP/1.1\r\nHost: localhost\r\n\r\n");
        }
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        stream.write_all(&request).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        let end = stream.read_to_end(&mut answer);
        assert!(
            end.as_ref().is_ok() || end.as_ref().is_err_and(|error| error.kind() == ErrorKind::ConnectionReset),
            "{end:?} after {:?}",
            String::from_utf8_lossy(&request)
        );
        let told = String::from_utf8_lossy(&answer);
        assert!(!told.contains("secret\n") && !told.contains("mark\n"), "{:?}", String::from_utf8_lossy(&request));
        assert!(told.is_empty() || told.starts_with("HTTP/1.1 "), "{told}");
        assert!(!told.contains("\nX: y"), "a header of the request's making: {told}");
    }
    assert_eq!(get(&address, "/").text(), "home\n");
}

/// Connections that say nothing are many, and others are served meanwhile; beyond the limit the server says so.
#[test]
fn silent_connections_do_not_stop_the_server() {
    let folder = Folder::new(FILES);
    let address = start(&folder);
    let silent: Vec<Talk> = (0..250).map(|_| Talk::to(&address)).collect();
    let crowded = get(&address, "/");
    assert_eq!((crowded.text(), crowded.header("Connection")), ("home\n", Some("close")));
    let mut more: Vec<Talk> = (0..60).map(|_| Talk::to(&address)).collect();
    // A machine that has no more threads closes the connection instead; either is at once.
    let asked = std::time::Instant::now();
    let last = more.pop().unwrap().answer(true);
    assert!(last.is_none_or(|last| last.status == "503 Service Unavailable"));
    assert!(asked.elapsed().as_secs() < 10, "it waits among the others");
    drop((silent, more));
    // Their threads see the end at once.
    let good = |_| std::panic::catch_unwind(|| get(&address, "/").status == "200 OK").unwrap_or(false);
    let soon = (0..100).any(|at| {
        good(at) || {
            std::thread::sleep(Duration::from_millis(20));
            false
        }
    });
    assert!(soon, "the places were not given back");
}

#[test]
fn a_head_that_never_ends_is_given_up() {
    let folder = Folder::new(FILES);
    let address = start(&folder);
    let mut talk = Talk::to(&address);
    talk.say(b"GET / HTTP/1.1\r\n");
    let start = std::time::Instant::now();
    let mut writer = talk.0.get_ref().try_clone().unwrap();
    std::thread::spawn(move || {
        // One byte now and then, which a limit for each read would allow for ever.
        while writer.write_all(b"X").is_ok() {
            std::thread::sleep(Duration::from_millis(500));
        }
    });
    assert_eq!(talk.answer(true).unwrap().status, "408 Request Timeout");
    assert!((8..14).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
}
