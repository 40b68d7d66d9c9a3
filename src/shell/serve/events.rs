//! The stream of events that a page of a live site listens to.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::editor::Editor;
use super::live::{Live, News, Wrong};
use super::request::Request;
use super::wire::Wire;

/// A stream without news says this often that it lives, so that each side notices when the other is gone.
const BEAT: Duration = Duration::from_secs(15);
/// An event is small: who cannot take it in this time is gone.
const PATIENCE: Duration = Duration::from_secs(10);

/// Tells all news until the other side or the program ends. The page says which state it shows by `?since=`.
pub fn stream(live: &Live, editor: &Editor, request: &Request, wire: &mut Wire) -> io::Result<()> {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n\
                X-Content-Type-Options: nosniff\r\nCross-Origin-Resource-Policy: same-origin\r\nConnection: close\r\n\r\n";
    wire.within(PATIENCE);
    wire.write_all(head.as_bytes())?;
    if request.head_only {
        return Ok(());
    }
    let mut known = live.subscribe(request.parameter("since"));
    let mut beat = Instant::now() + BEAT;
    loop {
        let news = live.news(&mut known, beat);
        let mut text = told(&news, editor);
        if text.is_empty() && Instant::now() >= beat {
            text.push_str(": still here\n\n");
        }
        if wire.is_closed() {
            return Ok(());
        }
        if !text.is_empty() {
            wire.within(PATIENCE);
            wire.write_all(text.as_bytes())?;
            beat = Instant::now() + BEAT;
        }
        if news.ended {
            return Ok(());
        }
    }
}

fn told(news: &News, editor: &Editor) -> String {
    let mut out = String::new();
    // JSON on one line has no line ends, which would end an event.
    let mut event = |name: &str, data: Value| out.push_str(&format!("event: {name}\ndata: {data}\n\n"));
    if let Some((version, changed)) = &news.site {
        event("site", json!({ "version": version, "changed": changed }));
    }
    if let Some(wrong) = &news.wrong {
        event("mistakes", wrong.iter().map(|wrong| one(wrong, editor)).collect());
    }
    if let Some((running, passed)) = &news.running {
        let cells = running.iter().map(|cell| {
            json!({ "label": cell.label, "page": cell.page, "seconds": cell.seconds + passed, "expected": cell.expected })
        });
        event("running", cells.collect());
    }
    if news.ended {
        event("end", Value::Null);
    }
    out
}

fn one(Wrong { told, excerpt }: &Wrong, editor: &Editor) -> Value {
    json!({
        "code": told.code,
        "severity": told.severity,
        "text": told.text,
        "place": format!("{}:{}:{}", told.file, told.line, told.column),
        "link": editor.link(&told.file, told.line, told.column),
        "excerpt": excerpt,
        "notes": told.notes,
        "help": told.help,
    })
}
