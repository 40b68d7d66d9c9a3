//! A server for looking at the finished site: loopback only, files of one folder only.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::failure::Failure;
use crate::guide::address::decode;

/// Serves `folder` until the program ends. `ready` is told the address.
pub fn serve(folder: &Path, port: u16, ready: impl FnOnce(&str)) -> Result<(), Failure> {
    let failure = |error: std::io::Error| Failure::Program {
        name: "server".into(),
        text: format!("cannot listen on port {port}: {error}"),
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(failure)?;
    let address = listener.local_addr().map_err(failure)?;
    ready(&format!("http://{address}/"));
    for stream in listener.incoming().filter_map(Result::ok) {
        let folder = folder.to_owned();
        std::thread::spawn(move || {
            // A reader who goes away in the middle of a page is no failure of ours.
            let _ = answer(stream, &folder);
        });
    }
    Ok(())
}

fn answer(mut stream: TcpStream, folder: &Path) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut lines = BufReader::new(stream.try_clone()?.take(16 * 1024));
    let mut request = String::new();
    lines.read_line(&mut request)?;
    let mut header = String::new();
    while lines.read_line(&mut header)? > 2 {
        header.clear();
    }
    let mut words = request.split_whitespace();
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    if method != "GET" && method != "HEAD" {
        return stream.write_all(b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }
    let (status, path) = match find(folder, target) {
        Found::File(path) => ("200 OK", path),
        Found::Folder(to) => {
            let head = format!(
                "HTTP/1.1 301 Moved Permanently\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
            return stream.write_all(head.as_bytes());
        }
        Found::Nothing => ("404 Not Found", folder.join("404.html")),
    };
    let body = std::fs::read(&path).unwrap_or_else(|_| b"Not found".to_vec());
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {}\r\nContent-Length: {}\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n",
        kind(&path),
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    if method == "GET" { stream.write_all(&body) } else { Ok(()) }
}

enum Found {
    File(PathBuf),
    /// A folder asked for without its final slash.
    Folder(String),
    Nothing,
}

/// The file that a request means. Only plain path segments are followed, so that nothing outside the folder is reached.
fn find(folder: &Path, target: &str) -> Found {
    let path = decode(target.split(['?', '#']).next().unwrap_or_default());
    let mut file = folder.to_owned();
    for part in path.split('/').filter(|part| !part.is_empty()) {
        if part == ".." || part.starts_with('.') || part.contains(['\\', '\0', ':']) {
            return Found::Nothing;
        }
        file.push(part);
    }
    match file.is_dir() {
        true if path.ends_with('/') => Found::File(file.join("index.html")),
        true if target.bytes().all(|byte| byte.is_ascii_graphic()) && !target.starts_with("//") => {
            Found::Folder(format!("{target}/"))
        }
        false if file.is_file() && !path.ends_with('/') => Found::File(file),
        _ => Found::Nothing,
    }
}

fn kind(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "pdf" => "application/pdf",
        "xml" => "application/xml",
        "csv" => "text/csv; charset=utf-8",
        "txt" | "md" | "record" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
