//! Finds what a path means, in a folder or in a site in memory, and gives each state of a file its tag.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use super::answer::{Answer, Body};
use super::kinds::kind;
use super::live::{Live, Shown};
use super::request::Request;
use crate::guide::address::decode;
use crate::guide::search;

/// Files up to this size are read at once, and named by their content.
const SMALL: u64 = 1 << 20;

const PAGE: &str = "text/html; charset=utf-8";

/// Where the client of live pages is. A folder of this name in a site cannot be seen while it is watched.
pub const OWN: &str = "/_theoria/";

/// The path of a file below the root, or nothing. Only plain segments are followed, so that nothing outside is reached.
/// A path that ends in a slash keeps it.
fn plain_path(path: &str) -> Option<String> {
    let path = decode(path);
    let path = path.strip_prefix('/')?;
    let parts = path.strip_suffix('/').unwrap_or(path);
    let plain = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.contains(['\\', '\0', ':']);
    (path.is_empty() || parts.split('/').all(plain)).then(|| path.to_owned())
}

/// The address of a folder for one who has forgotten the slash: what was asked, the rest of it untouched.
fn with_slash(request: &Request) -> Answer {
    let mut to = String::new();
    for byte in request.path().bytes() {
        match byte.is_ascii_graphic() {
            true => to.push(char::from(byte)),
            false => to.push_str(&format!("%{byte:02X}")),
        }
    }
    to.push('/');
    if let Some((_, query)) =
        request.target.split_once('?').filter(|(_, query)| query.bytes().all(|b| b.is_ascii_graphic()))
    {
        to.push('?');
        to.push_str(query);
    }
    Answer::moved(to)
}

fn found(kind: &'static str, body: Body, tag: String) -> Answer {
    Answer { kind, body, tag: Some(tag), ..Answer::plain("200 OK", "") }
}

fn missing(page: Option<Body>) -> Answer {
    let answer = Answer::plain("404 Not Found", "Not found");
    match page {
        Some(body) => Answer { kind: PAGE, body, ..answer },
        None => answer,
    }
}

/// A name for these bytes.
pub fn tag(bytes: &[u8]) -> String {
    format!("\"{}\"", &blake3::hash(bytes).to_hex()[..32])
}

/// A file of a folder.
pub fn in_folder(folder: &Path, request: &Request) -> Answer {
    let lost = || missing(fs::read(folder.join("404.html")).ok().map(Body::Own));
    let Some(path) = plain_path(request.path()) else { return lost() };
    let file = folder.join(&path);
    let file = match file.is_dir() {
        true if path.is_empty() || path.ends_with('/') => file.join("index.html"),
        true => return with_slash(request),
        false if path.ends_with('/') => return lost(),
        false => file,
    };
    let kind = if path.is_empty() || path.ends_with('/') { PAGE } else { kind(&path) };
    open(&file, kind).unwrap_or_else(|_| lost())
}

fn open(path: &Path, kind: &'static str) -> std::io::Result<Answer> {
    // Opening a pipe would wait for its other end.
    if !fs::metadata(path)?.is_file() {
        return Err(ErrorKind::NotFound.into());
    }
    let file = File::open(path)?;
    let about = file.metadata()?;
    if about.len() <= SMALL {
        let bytes = fs::read(path)?;
        let tag = tag(&bytes);
        return Ok(found(kind, Body::Own(bytes), tag));
    }
    let time = about.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    Ok(found(kind, Body::File(file, about.len()), format!("\"{:x}-{time:x}\"", about.len())))
}

/// A file of a site in memory. Its pages load what tells them of changes.
pub fn in_site(live: &Live, request: &Request) -> Answer {
    let Some(shown) = live.shown() else {
        let body = Body::Own(with_client(WAITING.as_bytes(), &live.version(), " data-waiting"));
        return Answer { kind: PAGE, body, ..Answer::plain("503 Service Unavailable", "") };
    };
    let page = |path: &str| Some(with_client(shown.site.files.get(path)?, &shown.version, ""));
    let lost = || missing(page("404.html").map(Body::Own));
    let Some(path) = plain_path(request.path()) else { return lost() };
    let file = if path.is_empty() || path.ends_with('/') { format!("{path}index.html") } else { path };
    if let Some(bytes) = shown.site.files.get(&file) {
        return of_site(live, &shown, &file, bytes);
    }
    if file == search::PATH {
        let bytes = live.index(&shown.site);
        return of_site(live, &shown, &file, &bytes);
    }
    if !file.ends_with("/index.html") && shown.site.files.contains_key(&format!("{file}/index.html")) {
        return with_slash(request);
    }
    lost()
}

fn of_site(live: &Live, shown: &Shown, file: &str, bytes: &Arc<[u8]>) -> Answer {
    let tag = live.tag(file, bytes);
    if kind(file) != PAGE {
        return found(kind(file), Body::Shared(bytes.clone()), tag);
    }
    // The client asks for what has changed since the state that is written in the page.
    let tag = format!("{}-{}\"", &tag[..tag.len() - 1], shown.version);
    found(PAGE, Body::Own(with_client(bytes, &shown.version, "")), tag)
}

/// A page with the client at its end.
fn with_client(page: &[u8], version: &str, more: &str) -> Vec<u8> {
    let client = format!(
        "<link rel=\"stylesheet\" href=\"{OWN}live.css\"><script src=\"{OWN}live.js\" data-version=\"{version}\"{more}></script>\n"
    );
    let end = page.windows(7).rposition(|tag| tag.eq_ignore_ascii_case(b"</body>")).unwrap_or(page.len());
    [&page[..end], client.as_bytes(), &page[end..]].concat()
}

/// What the browser shows before there is a site.
const WAITING: &str = include_str!("waiting.html");
const SCRIPT: &str = include_str!("live.js");
const STYLE: &str = include_str!("live.css");

/// The client itself.
pub fn own(path: &str) -> Answer {
    let name = path.strip_prefix(OWN).unwrap_or_default();
    match name {
        "live.js" | "live.css" => {
            let text = if name == "live.js" { SCRIPT } else { STYLE };
            found(kind(name), Body::Own(text.into()), tag(text.as_bytes()))
        }
        _ => missing(None),
    }
}
