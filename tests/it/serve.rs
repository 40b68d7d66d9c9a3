//! The server: files of one folder, their kinds, and nothing else.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::channel;

use theoria::shell::serve;

use crate::support::Folder;

/// Serves a folder for the rest of the test.
fn start(folder: &Folder) -> String {
    let (send, receive) = channel();
    let path = folder.path().join("public");
    std::thread::spawn(move || serve::serve(&path, 0, |address| send.send(address.to_owned()).unwrap()));
    let address: String = receive.recv().unwrap();
    address.strip_prefix("http://").unwrap().trim_end_matches('/').to_owned()
}

/// Status line, headers and body of an answer.
fn ask(address: &str, request: &str) -> (String, String, Vec<u8>) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(answer[..end].to_vec()).unwrap();
    let (status, headers) = head.split_once("\r\n").unwrap();
    (status.strip_prefix("HTTP/1.1 ").unwrap().to_owned(), headers.to_owned(), answer[end + 4..].to_vec())
}

fn get(address: &str, target: &str) -> (String, String, Vec<u8>) {
    ask(address, &format!("GET {target} HTTP/1.1\r\nHost: {address}\r\n\r\n"))
}

const FILES: &str = "== secret.txt ==\nsecret\n== public/index.html ==\nhome\n== public/404.html ==\nlost\n== public/a/index.html ==\npage\n\
    == public/ä b.csv ==\n1,2\n== public/s.css ==\nc\n== public/s.js ==\nj\n== public/x.svg ==\n<svg/>\n== public/f.woff2 ==\nw\n== public/d.json ==\n{}\n\
    == public/.theoria ==\nmark\n== public/n.npy ==\nn\n";

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
    ] {
        let (status, headers, found) = get(&address, target);
        assert_eq!((status.as_str(), String::from_utf8(found).unwrap().as_str()), ("200 OK", body), "{target}");
        assert!(headers.contains(&format!("Content-Type: {kind}\r\n")), "{target}: {headers}");
        assert!(headers.contains(&format!("Content-Length: {}\r\n", body.len())), "{target}: {headers}");
    }
    let (status, headers, body) = get(&address, "/a");
    assert_eq!((status.as_str(), body.len()), ("301 Moved Permanently", 0));
    assert!(headers.contains("Location: /a/\r\n"), "{headers}");
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
        "/%C3",
        "/%",
        "/%zz",
        "http://127.0.0.1/secret.txt",
        &format!("/{}", folder.path().join("secret.txt").display()),
        "",
    ] {
        let (status, _, body) = get(&address, target);
        let body = String::from_utf8_lossy(&body).into_owned();
        if target.is_empty() {
            assert!(!body.contains("secret"));
        } else {
            assert_eq!((status.as_str(), body.as_str()), ("404 Not Found", "lost\n"), "{target}");
        }
    }
}

#[test]
fn other_requests_are_answered_too() {
    let folder = Folder::new(FILES);
    let address = start(&folder);
    let (status, headers, body) = ask(&address, "HEAD /a/ HTTP/1.1\r\n\r\n");
    assert_eq!((status.as_str(), body.len()), ("200 OK", 0));
    assert!(headers.contains("Content-Length: 5\r\n"), "{headers}");
    assert_eq!(ask(&address, "POST / HTTP/1.1\r\n\r\n").0, "405 Method Not Allowed");
    assert_eq!(ask(&address, "\r\n\r\n").0, "405 Method Not Allowed");
    let long = format!("GET /{} HTTP/1.1\r\nX: y\r\n\r\n", "a".repeat(5000));
    assert_eq!(ask(&address, &long).0, "404 Not Found");
    std::fs::remove_file(folder.path().join("public/404.html")).unwrap();
    assert_eq!(get(&address, "/gone").2, b"Not found");
}
